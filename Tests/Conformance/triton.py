"""Bodies as the real tritonclient makes them, without the HTTP stack that its http package would import."""

import sys
import types

import numpy as np


def _stand_in(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    return module


try:
    import geventhttpclient  # noqa: F401
except ModuleNotFoundError:
    gevent = _stand_in("gevent")
    gevent.pool = _stand_in("gevent.pool")
    _stand_in("geventhttpclient", HTTPClient=object)
    _stand_in("geventhttpclient.url", URL=object)

import tritonclient.http as client  # noqa: E402

DATATYPES = {"x": ("FP64", np.float64), "y": ("INT64", np.int64), "color": ("BYTES", np.object_), "flag": ("BOOL", np.bool_)}


def request_body(columns, binary, parameters=None):
    """The body of an inference request for the columns x, y, color and flag."""
    inputs = []
    for name, (datatype, kind) in DATATYPES.items():
        values = columns[name]
        array = np.array([str(v).encode() for v in values], np.object_) if kind is np.object_ else values.astype(kind)
        made = client.InferInput(name, list(array.shape), datatype)
        made.set_data_from_numpy(array, binary_data=binary)
        inputs.append(made)
    body, _ = client.InferenceServerClient.generate_request_body(inputs, request_id="r1", parameters=parameters)
    return body
