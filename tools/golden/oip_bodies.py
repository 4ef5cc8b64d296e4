"""Bodies as real clients and servers write them, for the tests of Streams.

Requests are tritonclient's (JSON, JSON + binary), responses and one request KServe's, CloudEvents those of the
cloudevents package that KServe uses. No server runs: the packages serialise, this script only saves the bytes.
"""

import argparse
import json
from pathlib import Path

import ml_dtypes
import numpy as np
import tritonclient.http as triton
from cloudevents.conversion import to_structured
from cloudevents.http import CloudEvent
from kserve import InferInput, InferOutput, InferRequest, InferResponse

FIXTURES = Path(__file__).resolve().parents[2] / "Tests" / "StreamsTests" / "Fixtures"

FEATURES = np.array(
    [[129.9, 3, 0.41, 27], [18.25, 1, 0.07, 54], [2410, 9, 0.93, 33]], dtype=np.float32
)
COUNTRY = np.array([["NO"], ["PT"], ["ÅX"]], dtype=np.object_)


def tensor(name, values, datatype, binary):
    item = triton.InferInput(name, list(values.shape), datatype)
    item.set_data_from_numpy(values, binary_data=binary)
    return item


def request(tensors, request_id, **options):
    body, _ = triton.InferenceServerClient.generate_request_body(tensors, request_id=request_id, **options)
    return body


def columns(binary):
    """One tensor a feature, every datatype once, two rows each."""
    values = {
        "BOOL": np.array([True, False]),
        "INT8": np.array([-128, 127], dtype=np.int8),
        "INT16": np.array([-32768, 32767], dtype=np.int16),
        "INT32": np.array([-(2**31), 2**31 - 1], dtype=np.int32),
        "INT64": np.array([2**53 + 1, -(2**63)], dtype=np.int64),
        "UINT8": np.array([0, 255], dtype=np.uint8),
        "UINT16": np.array([0, 65535], dtype=np.uint16),
        "UINT32": np.array([0, 2**32 - 1], dtype=np.uint32),
        "UINT64": np.array([7, 2**64 - 1], dtype=np.uint64),
        "FP32": np.array([0.1, -np.inf], dtype=np.float32),
        "FP64": np.array([0.1, 5e-324], dtype=np.float64),
        "BYTES": np.array(["", "Ørsted"], dtype=np.object_),
    }
    if binary:
        values["FP16"] = np.array([np.inf, 0.333], dtype=np.float16)
        values["BF16"] = np.array([3.140625, -1], dtype=ml_dtypes.bfloat16)
    return [tensor("x_" + name.lower(), array, name, binary) for name, array in values.items()]


def kserve_response(binary):
    score = InferOutput(name="score", shape=[3, 1], datatype="FP32")
    score.set_data_from_numpy(np.array([[0.031], [0.004], [0.962]], dtype=np.float32), binary_data=binary)
    label = InferOutput(name="label", shape=[3], datatype="BYTES")
    label.set_data_from_numpy(np.array(["ok", "ok", "fraud"], dtype=np.object_), binary_data=binary)
    response = InferResponse(
        "req-1", "fraud", [score, label], model_version=None if binary else "7", use_binary_outputs=binary
    )
    body, _ = response.to_rest()
    return body if binary else json.dumps(body).encode()


def kserve_request():
    features = InferInput(name="features", shape=[2, 2], datatype="FP32")
    features.set_data_from_numpy(FEATURES[:2, :2], binary_data=True)
    return InferRequest("fraud", [features], request_id="req-k1").to_rest()[0]


def event(kind, body):
    attributes = {
        "type": f"org.kubeflow.serving.inference.{kind}",
        "source": "http://localhost:9081/",
        "id": "8b1f6f0e-51a7-4d0c-9a0e-3f3a0f1c7a11",
        "time": "2026-05-01T12:00:00.123456Z",
    }
    return to_structured(CloudEvent(attributes, body))[1]


def bodies():
    table = [tensor("features", FEATURES, "FP32", False), tensor("country", COUNTRY, "BYTES", False)]
    binary_table = [tensor("features", FEATURES, "FP32", True), tensor("country", COUNTRY, "BYTES", True)]
    nan = np.array([[1.0], [np.nan], [np.inf], [-np.inf]], dtype=np.float32)
    json_request = request(table, "req-1", parameters={"tenant": "shop-eu"})
    binary_request = request(binary_table, "req-1")
    yield "triton-request.json", json_request
    yield "triton-request.bin", binary_request
    yield "triton-columns.json", request(columns(False), "req-2")
    yield "triton-columns.bin", request(columns(True), "req-2")
    yield "triton-nan.json", request([tensor("x", nan, "FP32", False)], "req-nan")
    yield "kserve-request.bin", kserve_request()
    yield "kserve-response.json", kserve_response(False)
    yield "kserve-response.bin", kserve_response(True)
    yield "event-request.json", event("request", json.loads(json_request))
    yield "event-response.json", event("response", json.loads(kserve_response(False)))
    yield "event-request-base64.json", event("request", bytes(binary_request))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=FIXTURES, metavar="DIRECTORY")
    directory = parser.parse_args().output
    directory.mkdir(parents=True, exist_ok=True)
    for name, body in bodies():
        (directory / name).write_bytes(bytes(body))
        print(f"{name}: {len(body)} bytes")


if __name__ == "__main__":
    main()
