"""Runs a script, and prints how many seconds it waited for answers to HTTP requests: `python -m waiting SCRIPT …`."""

import runpy
import sys
import time

import requests

waited = 0.0
send = requests.Session.send


def timed(*arguments, **options):
    global waited
    began = time.monotonic()
    try:
        return send(*arguments, **options)
    finally:
        waited += time.monotonic() - began


requests.Session.send = timed
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print(waited)
