"""compare, reference build and profile, on good tables and hostile ones."""

import gzip
import itertools
import json

import numpy as np
import pytest

from conftest import Table
from harness import row, run, succeed, write_csv


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    Table(1000, seed=1).csv(folder / "a.csv")
    Table(800, seed=2).csv(folder / "same.csv")
    Table(800, seed=3, shift=1).csv(folder / "shifted.csv")
    return folder


def compare(reference, current, *more, **options):
    return json.loads(succeed("compare", "--reference", reference, "--current", current, "--json", *more, **options).stdout)


def test_compare_json_has_the_promised_shape(tables):
    made = compare(tables / "a.csv", tables / "shifted.csv")
    assert made["reference"]["rows"] == 1000 and isinstance(made["reference"]["id"], str)
    assert made["current"]["rows"] == 800
    assert [f["name"] for f in made["features"]] == ["x", "y", "color", "flag"]
    kinds = {f["name"]: f["kind"] for f in made["features"]}
    assert kinds == {"x": "numeric", "y": "numeric", "color": "categorical", "flag": "boolean"}
    for feature in made["features"]:
        assert (feature["rows"], feature["missing"]) == (800, 0)
        assert feature["drifted"] is (feature["name"] == "x")
        measures = feature["measures"]
        expected = {"ks", "psi", "js", "wasserstein"} if feature["kind"] == "numeric" else {"chi2", "tv", "psi", "js"}
        assert expected <= measures.keys()
        for measure in measures.values():
            assert isinstance(measure["value"], (int, float))
        if "ks" in measures:
            assert {"value", "p_value", "q_value", "error_bound"} <= measures["ks"].keys()
            assert measures["ks"]["error_bound"] == 0


def test_compare_agrees_with_numpy(tables):
    a, b = Table(1000, seed=1).columns["x"], Table(800, seed=3, shift=1).columns["x"]
    points = np.concatenate([a, b])
    below = [np.searchsorted(np.sort(s), points, "right") / len(s) for s in (a, b)]
    made = compare(tables / "a.csv", tables / "shifted.csv")
    assert made["features"][0]["measures"]["ks"]["value"] == pytest.approx(np.abs(below[0] - below[1]).max(), abs=1e-12)


def test_fail_on_drift(tables):
    gate = ("compare", "--fail-on-drift", "--reference", tables / "a.csv", "--current")
    assert run(*gate, tables / "same.csv").returncode == 0
    assert run(*gate, tables / "shifted.csv").returncode == 3
    assert run(*gate, tables / "shifted.csv", "--json").returncode == 3
    assert run("compare", "--reference", tables / "a.csv", "--current", tables / "shifted.csv").returncode == 0
    assert run(*gate, tables / "none.csv").returncode == 1


def test_compare_reads_standard_input_gzip_and_references(tables, tmp_path):
    text = (tables / "shifted.csv").read_bytes()
    plain = compare(tables / "a.csv", tables / "shifted.csv")
    assert compare(tables / "a.csv", "-", input=text) == plain
    (tmp_path / "s.csv.gz").write_bytes(gzip.compress(text))
    assert compare(tables / "a.csv", tmp_path / "s.csv.gz") == plain
    succeed("reference", "build", "--input", tables / "a.csv", "--output", tmp_path / "a.json")
    made = compare(tmp_path / "a.json", tables / "shifted.csv")
    assert made["reference"]["id"].startswith("sha256:")
    assert made["features"][0]["measures"]["ks"]["value"] == plain["features"][0]["measures"]["ks"]["value"]


def test_compare_for_people(tables):
    text = succeed("compare", "--reference", tables / "a.csv", "--current", tables / "shifted.csv").stdout
    assert "FEATURE" in text and "1 of 4 features drifted: x" in text and "\x1b" not in text


def test_compare_uses_every_row_and_value(tmp_path):
    """No knot budget: 20,000 distinct values, and the exact statistic."""
    a, b = np.arange(20_000) / 7, np.arange(20_000) / 7 + 0.001
    write_csv(tmp_path / "a.csv", {"v": a}), write_csv(tmp_path / "b.csv", {"v": b})
    measure = compare(tmp_path / "a.csv", tmp_path / "b.csv")["features"][0]["measures"]["ks"]
    assert (measure["error_bound"], measure["value"]) == (0, pytest.approx(1 / 20_000, abs=1e-12))


HOSTILE = {
    "empty": (b"", "is empty"),
    "header alone": (b"a,b\n", "no rows"),
    "ragged": (b"a,b\n1,2\n3\n", ":3: has 1 fields where the header has 2"),
    "too many fields": (b"a,b\n1,2,3\n", ":2: has 3 fields"),
    "a column twice": (b"a,a\n1,2\n", "'a' stands twice"),
    "an open quote": (b'a,b\n"1,2\n3,4\n', ":2: a quote is opened"),
    "no values": (b"a,b\n,1\n,2\n", "'a' has no value"),
    "cut gzip": (gzip.compress(b"a,b\n" + b"1,2\n" * 5000)[:60], "cannot be read"),
    "a lone header of blanks": (b"\n\n", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_tables_are_refused(tmp_path, case):
    content, words = HOSTILE[case]
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    for command in (["compare", "--reference", path, "--current", path], ["reference", "build", "--input", path, "--output", tmp_path / "o"]):
        done = run(*command)
        assert done.returncode == 1 and words in done.stderr and "bad.csv" in done.stderr, done
        assert done.stdout == "" and not (tmp_path / "o").exists()


ODD = {
    "CRLF, quotes and a BOM": b'\xef\xbb\xbfa,"b ""c"", d"\r\n1,"x\r\ny"\r\n2,z\r\n',
    "infinities and NaN": b"a,b\ninf,1\n-inf,nan\n1,2\nNaN,3\n",
    "one row": b"a,b\n1,x\n",
    "one value": b"a,b\n1,x\n1,x\n1,x\n",
    "huge and tiny": b"a\n1e308\n-1e308\n5e-324\n1.7976931348623157e308\n0\n",
    "not UTF-8": b"a,b\n1,\xff\xfe\n2,x\n",
    "NUL": b"a,b\n1,\x00\n2,x\n",
    "no end of line": b"a,b\n1,2",
    "a name of 300 bytes": b"a" * 300 + b",b\n1,2\n",
    "empty name": b"a,,b\n1,2,3\n",
    "a long cell": b"a,b\n1," + b"x" * 300_000 + b"\n2,y\n",
    "many columns": (",".join(f"c{i}" for i in range(300)) + "\n" + ",".join(["1"] * 300) + "\n").encode(),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_tables_are_read(tmp_path, case):
    """Compared with itself nothing has drifted, and every number is JSON."""
    path = tmp_path / "odd.csv"
    path.write_bytes(ODD[case])
    text = succeed("compare", "--reference", path, "--current", path, "--json").stdout
    made = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert not any(f["drifted"] for f in made["features"])
    for feature in made["features"]:
        for name, measure in feature["measures"].items():
            for key, value in measure.items():
                assert isinstance(value, (int, float)), (feature["name"], name, key, value)
    succeed("compare", "--reference", path, "--current", path)
    succeed("reference", "build", "--input", path, "--output", tmp_path / "o.json")
    succeed("profile", "--reference", tmp_path / "o.json", "--input", path)


def test_columns_that_differ(tmp_path):
    write_csv(tmp_path / "a.csv", {"x": range(100), "gone": range(100), "kind": range(100)})
    write_csv(tmp_path / "b.csv", {"x": range(100), "new": range(100), "kind": ["text"] * 100})
    made = compare(tmp_path / "a.csv", tmp_path / "b.csv")
    features = {f["name"]: f for f in made["features"]}
    assert features["gone"]["missing"] == 100 and features["gone"]["drifted"]
    assert features["kind"]["missing"] == 100 and features["kind"]["drifted"]
    assert not features["x"]["drifted"]
    done = run("compare", "--reference", tmp_path / "a.csv", "--current", tmp_path / "b.csv")
    assert "new" in done.stdout + done.stderr, "a column that the reference lacks is named"


# References


def test_a_reference_says_the_same_twice_and_knows_alteration(tables, tmp_path):
    for name in ("1.json", "2.json"):
        succeed("reference", "build", "--input", tables / "a.csv", "--output", tmp_path / name)
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()
    text = (tmp_path / "1.json").read_text()
    assert '"red"' in text
    (tmp_path / "1.json").write_text(text.replace('"red"', '"rad"'))
    done = run("profile", "--reference", tmp_path / "1.json", input="x\n1\n")
    assert done.returncode == 1 and "altered" in done.stderr


def test_a_schema_overrides_types(tmp_path):
    write_csv(tmp_path / "a.csv", {"zip": [10115, 20095, 10115] * 50, "x": range(150)})
    (tmp_path / "schema.json").write_text('{"version":1,"features":[{"name":"zip","kind":"categorical"}]}')
    succeed("reference", "build", "--input", tmp_path / "a.csv", "--output", tmp_path / "a.json", "--schema", tmp_path / "schema.json")
    made = json.loads((tmp_path / "a.json").read_text())
    assert [(f["name"], f["kind"]) for f in made["features"]] == [("zip", "categorical")]


def test_a_schema_of_nonsense(tables, tmp_path):
    for text in ["", "[]", '{"version":1}', '{"version":1,"features":[{"name":"x","kind":"odd"}]}', '{"version":1,"features":[{"name":"zz","kind":"numeric"}]}']:
        (tmp_path / "schema.json").write_text(text)
        done = run("reference", "build", "--input", tables / "a.csv", "--output", tmp_path / "o", "--schema", tmp_path / "schema.json")
        assert done.returncode == 1 and ("schema.json" in done.stderr or "'zz'" in done.stderr)


@pytest.mark.parametrize("cells, values", [(["True", "False"], [True, False]), (["3.0", "4.0"], [3.0, 4.0])], ids=["booleans", "codes"])
def test_declared_categories_agree_between_table_and_stream(live, tmp_path, cells, values):
    """What pandas writes as True, or as 3.0, arrives as true, or as 3.0: it is the same category."""
    write_csv(tmp_path / "a.csv", {"c": cells * 50, "x": range(100)})
    kind = "boolean" if cells[0] == "True" else "categorical"
    (tmp_path / "s.json").write_text(json.dumps({"version": 1, "features": [{"name": "c", "kind": kind}, {"name": "x", "kind": "numeric"}]}))
    succeed("reference", "build", "--input", tmp_path / "a.csv", "--output", tmp_path / "r.json", "--schema", tmp_path / "s.json")
    agent, publisher = live(reference=tmp_path / "r.json")
    publisher.rows([row({"c": values[i % 2], "x": i}) for i in range(100)])
    feature = next(f for f in agent.wait_windows(1)[0]["features"] if f["name"] == "c")
    assert feature["measures"]["unseen_rate"]["value"] == 0 and feature["measures"]["tv"]["value"] == 0


def test_blocks_need_a_time_and_are_cut_by_it(world, tmp_path):
    build = ("reference", "build", "--input", world / "scored.csv", "--output", tmp_path / "o.json")
    text = succeed(*build, "--time-column", "time", "--window", "6h", "--offset", "1h").stderr
    assert "blocks of 6h" in text
    done = run(*build, "--time-column", "when")
    assert done.returncode == 1 and "'when'" in done.stderr
    done = run(*build, "--time-column", "color")
    assert done.returncode == 1 and "row 1" in done.stderr


# Profiles


@pytest.fixture(scope="module")
def parts(tables, tmp_path_factory):
    """A reference, a table cut in four, and a profile of each part."""
    folder = tmp_path_factory.mktemp("parts")
    succeed("reference", "build", "--input", tables / "a.csv", "--output", folder / "r.json")
    header, *lines = (tables / "shifted.csv").read_text().splitlines()
    lines[5] = ",,violet,"
    lines[6] = "nan,7,red,true"
    lines[7] = "-inf,1e300,blue,false"
    profile = lambda text: succeed("profile", "--reference", folder / "r.json", input=text).stdout  # noqa: E731
    whole = profile("\n".join([header, *lines]) + "\n")
    cut = [profile("\n".join([header, *lines[i::4]]) + "\n") for i in range(4)]
    return whole, cut, folder


def test_profiles_merge_in_any_order_and_grouping(parts):
    whole, cut, _ = parts
    assert whole.count("\n") == 1
    merge = lambda lines: succeed("profile", "merge", input="".join(lines)).stdout  # noqa: E731
    for order in itertools.islice(itertools.permutations(cut), 0, 24, 5):
        assert merge(order) == whole
    assert merge([merge(cut[:2]), merge(cut[2:])]) == whole
    assert merge([merge([cut[3], cut[0], cut[2]]), cut[1]]) == whole
    assert merge([whole]) == whole


def test_profiles_of_nothing_and_of_strangers(parts, tables, tmp_path):
    whole, cut, folder = parts
    nothing = succeed("profile", "--reference", folder / "r.json", input="x,y,color,flag\n").stdout
    assert succeed("profile", "merge", input=whole + nothing).stdout == whole
    assert run("profile", "merge", input="").returncode == 1
    done = run("profile", "merge", input=whole + "nonsense\n")
    assert done.returncode == 1 and "standard input:2" in done.stderr
    succeed("reference", "build", "--input", tables / "same.csv", "--output", tmp_path / "o.json")
    other = succeed("profile", "--reference", tmp_path / "o.json", input="x,y,color,flag\n1,1,red,true\n").stdout
    done = run("profile", "merge", input=whole + other)
    assert done.returncode == 1 and "reference" in done.stderr
    (tmp_path / "a").write_text(cut[0] + cut[1]), (tmp_path / "b").write_text(cut[2] + cut[3])
    assert succeed("profile", "merge", tmp_path / "b", tmp_path / "a").stdout == whole


def test_hostile_profiles_do_not_crash(parts):
    whole, _, _ = parts
    made = json.loads(whole)
    for change in [{"rows": 2**64 - 1}, {"rows": -1}, {"features": []}, {"features": made["features"][:1]}, {"version": 99}]:
        text = json.dumps({**made, **change})
        done = run("profile", "merge", input=text + "\n" + text + "\n")
        assert done.returncode in (0, 1)
    for cells in ["////////", "AA==", "", "not base64"]:
        damaged = json.loads(whole)
        damaged["features"][0]["cells"] = cells
        assert run("profile", "merge", input=json.dumps(damaged) + "\n" + whole).returncode in (0, 1)


def test_skew_says_what_it_lacks(tmp_path, tables):
    training = ("--model", "m", "--training", tables / "a.csv")
    done = run("skew", "--state", tmp_path, *training)
    assert done.returncode == 1 and "nothing was captured" in done.stderr
    for wrong in ([], ["--state", tmp_path, "--config", "agent.conf"], ["--state", tmp_path, "--tolerance", "1"],
                  ["--state", tmp_path, "--from", "2025-01-02", "--to", "2025-01-01"]):
        assert run("skew", *wrong, *training).returncode == 2
