"""Exchanges with a registry over plain HTTP, recorded from MLflow's own server (tools/golden/mlflow_exchanges.py) and
played to ours: how they are sent, and what of an answer is compared.

A step is `{"do": "POST runs/create", "send": {…}, "keep": {"run": "run.info.run_id"}, "status": 200, "answer": {…}}`.
`send` is a JSON body; `raw` a body as it is, with its `type`. `keep` names parts of the answer, which later steps write
as `${run}`; `${x*300}` is a text of 300 times x. In an answer, what one server makes up is replaced: `${run}` for what was kept, `<now>` for times, `<name>`
for names, `<token>` for page tokens. `only` says which parts of a search's answer are kept. `ours` says `why` we answer otherwise on purpose, and how.
"""

import json
import re
import time
import urllib.parse

API = "/api/2.0/mlflow/"
HEADERS = ["Content-Type", "Content-Length", "Content-Disposition", "Content-Range", "Accept-Ranges", "X-Content-Type-Options"]  # fmt: skip

# In no order that the protocol promises.
UNORDERED = {"tags", "params", "metrics", "aliases", "dataset_inputs", "model_inputs", "model_outputs", "latest_versions"}
# Not read by the client: the real server's workspaces, and its error classes.
IGNORED = {"workspace", "sqlstate", "error_class"}
# The real server keeps infinities as the largest numbers.
INFINITIES = {1.7976931348623157e308: "Infinity", -1.7976931348623157e308: "-Infinity"}
# What one answer of the real server has and the next has not: ids, its SQL with its arguments, sets in print.
ID = re.compile(r"\b(m-)?([0-9a-f]{32})\b")
SQL = re.compile(r"\s*(Error: )?(\(raised as a result of .*?\)\s*)?\(sqlite3\..*", re.DOTALL)
PAGE_TOKEN = re.compile(r"Invalid page token, .*", re.DOTALL)
SET = re.compile(r"\{('[^{}]*')\}")
INVENTED_NAME = re.compile(r"[a-z]+(-[a-z]+)+-\d+")


class Player:
    """Sends steps to a server, and keeps what their answers say."""

    def __init__(self, server):
        self.server = server
        self.kept = {}

    def play(self, step):
        """The answer, normalised: `status`, with `answer` or `text`, and `headers` where the step has them."""
        method, path = self._filled(step["do"]).split(" ", 1)
        path = path if path.startswith("/") else API + path
        headers = dict(step.get("with", {}))
        body = None
        if "send" in step:
            body = self._filled(json.dumps(_expanded(step["send"]))).encode()
            headers["Content-Type"] = "application/json"
        elif "raw" in step:
            body = self._filled(step["raw"]).encode()
            if step.get("type"):
                headers["Content-Type"] = step["type"]
        time.sleep(0.002)  # so that no two things are made in the same millisecond
        answer = self.server.request(method, path, body, headers)
        return self._normalised(step, answer)

    def _filled(self, text):
        text = re.sub(r"\$\{x\*(\d+)\}", lambda match: "x" * int(match[1]), text)
        return re.sub(r"\$\{(\w+)\}", lambda match: str(self.kept[match[1]]), text)

    def _normalised(self, step, answer):
        result = {"status": answer.status}
        decoded = _decoded(answer.body)
        for name, path in step.get("keep", {}).items():
            self.kept[name] = _at(decoded, path)
        if decoded is None:
            result["text"] = self._replaced(answer.body.decode(errors="replace"))
        elif answer.status != 200 and "error_code" in decoded:
            result["answer"] = {"error_code": decoded["error_code"], "message": self._replaced(decoded.get("message", ""))}
        elif "only" in step:
            found = [value for path in step["only"] for value in _all_at(decoded, path.split("."))]
            result["answer"] = {"found": found, "more": bool(decoded.get("next_page_token"))}
        else:
            result["answer"] = self._walked(decoded)
        if "headers" in step and answer.status < 400:
            given = {name.lower(): value for name, value in answer.headers.items()}
            result["headers"] = {name: given[name.lower()] for name in HEADERS if name.lower() in given}
        return result

    def _walked(self, value, key=None):
        if isinstance(value, dict):
            return {k: self._walked(v, k) for k, v in value.items() if k not in IGNORED}
        if isinstance(value, list):
            walked = [self._walked(item, key) for item in value]
            return sorted(walked, key=_sort_key) if key in UNORDERED else walked
        if key == "next_page_token" and value:
            return "<token>"
        if isinstance(value, str):
            return self._replaced(value, key)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value / 1000 - time.time()) < 3600:
            return "<now>"
        return value

    def _replaced(self, text, key=None):
        text = re.sub("x{201,}", lambda match: f"${{x*{len(match[0])}}}", text)
        for name, value in self.kept.items():
            if not isinstance(value, str):
                continue
            if len(value) >= 8:
                text = text.replace(value, f"${{{name}}}")
            elif key == "experiment_id" and text == value:
                return f"${{{name}}}"
            else:  # an experiment's number, where it can be nothing else
                before = r"(mlflow-artifacts:/|with id=|artifact: '|with id |[Ee]xperiment |experiment_id=|experiment ID=?\s?')"
                text = re.sub(rf"{before}{re.escape(value)}(?![\w.-])", rf"\1${{{name}}}", text)
        if key == "experiment_id" and text.isdigit() and text != "0":
            return "<experiment>"
        text = PAGE_TOKEN.sub("Invalid page token", text)
        text = ID.sub(lambda match: match[0] if set(match[2]) == {"f"} else f"<{match[1] or ''}id>", text)
        text = SQL.sub(" <SQL>", text)
        text = SET.sub(lambda match: "{" + ", ".join(sorted(match[1].split(", "))) + "}", text)
        return "<name>" if INVENTED_NAME.fullmatch(text) else text


def _decoded(body):
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _at(value, path):
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _all_at(value, path):
    if isinstance(value, list):
        return [found for item in value for found in _all_at(item, path)]
    return _all_at(value.get(path[0], []), path[1:]) if path else [value]


def _expanded(value):
    """With `{"times": 3, "of": …}` in a list as three items, in which `#` is 0, 1 and 2."""
    if isinstance(value, dict):
        return {key: _expanded(item) for key, item in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict) and "times" in value[0]:
        item = json.dumps(value[0]["of"])
        return [json.loads(item.replace("#", str(i))) for i in range(value[0]["times"])]
    return [_expanded(item) for item in value] if isinstance(value, list) else value


def _sort_key(item):
    return json.dumps(item, sort_keys=True)


# Comparing


def differences(step, answer):
    """What is other than it should be, each as a line; empty where all is as recorded.

    Four differences are always meant. Where the real server breaks down over a request (5xx), which makes its client
    repeat it for minutes, ours says that the request is wrong. Where the real server shows its SQL, ours does not.
    What is wrong with a filter or the size of a page, ours says in words of its own. And who moves `champion` finds
    the version that it named before under `previous`.
    """
    ours = step.get("ours", {})
    status = ours.get("status", step["status"])
    if isinstance(status, int) and status >= 500 and status != 501:
        return [] if 400 <= answer["status"] < 500 else [f"status {answer['status']}, not 4xx"]
    found = []
    if answer["status"] not in (status if isinstance(status, list) else [status]):
        found.append(f"status {answer['status']}, not {status}: {str(answer.get('answer', answer.get('text')))[:200]}")
    if ours:
        code = answer.get("answer", {}).get("error_code")
        return found + ([] if "error_code" not in ours or code == ours["error_code"] else [f"{code}, not {ours['error_code']}"])
    if "answer" in step:
        actual = _without_previous(answer.get("answer", answer.get("text")))
        found += _compared(_told(step, step["answer"]), _told(step, actual), "answer")
    if "text" in step and answer.get("text") != step["text"]:
        found.append(f"text {answer.get('text', answer.get('answer'))!r}, not {step['text']!r}")
    for name, value in step.get("headers", {}).items() if "headers" in answer else ():
        if _header(name, answer["headers"].get(name, "")) != _header(name, value):
            found.append(f"{name}: {answer['headers'].get(name)}, not {value}")
    return found


def _header(name, value):
    """What a header says: of a disposition the file's name, of a type the type without its charset."""
    parts = [part.strip().replace('"', "") for part in value.split("; " if name == "Content-Disposition" else ";")]
    return parts[0] if name == "Content-Type" else (parts[0], parts[-1])


def _told(step, answer):
    """What of an error is compared: of a search's, its message where that is not about the filter."""
    if not isinstance(answer, dict) or "/search" not in step["do"] or "message" not in answer:
        return answer
    message = answer["message"]
    if message.startswith(("Missing value", "Invalid experiment ID")):
        return answer
    if message.startswith("Invalid value") and "for parameter" in message and "max_results" not in message:
        return answer
    return {"error_code": answer["error_code"]}


def _without_previous(answer):
    """Without the alias that ours sets by itself."""
    if isinstance(answer, dict):
        kept = {key: _without_previous(value) for key, value in answer.items()}
        return {key: value for key, value in kept.items() if key != "aliases" or value}
    if isinstance(answer, list):
        return [
            _without_previous(item)
            for item in answer
            if item != "previous" and not (isinstance(item, dict) and item.get("alias") == "previous")
        ]
    return answer


def _compared(expected, actual, where):
    if isinstance(expected, dict) and isinstance(actual, dict):
        return [line for key in sorted(expected.keys() | actual.keys()) for line in _member(expected, actual, key, where)]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [line for i, pair in enumerate(zip(expected, actual)) for line in _compared(*pair, f"{where}[{i}]")]
    if isinstance(expected, str) and isinstance(actual, str) and expected.endswith("<SQL>"):
        if actual.startswith(expected.removesuffix("<SQL>").rstrip()) and "sql" not in actual.lower():
            return []
    if isinstance(expected, float) and expected in INFINITIES and actual == INFINITIES[expected]:
        return []
    return [] if expected == actual else [f"{where}: {actual!r}, not {expected!r}"]


def _member(expected, actual, key, where):
    if key not in actual:
        # A client reads what is missing as empty, except in lists of artifacts.
        return [f"{where}.{key} is missing: {expected[key]!r}"] if expected[key] or key == "is_dir" else []
    if key not in expected:
        return [f"{where}.{key} is new: {actual[key]!r}"] if actual[key] not in ("", 0, [], {}, None) else []
    return _compared(expected[key], actual[key], f"{where}.{key}")


def quoted(text):
    return urllib.parse.quote(text, safe="${}")
