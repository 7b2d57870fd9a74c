"""The programs `npm run bench` and `cellbrush study peers` compare Cellbrush with, on the same cores.

Reads one JSON request a line from stdin and answers with one JSON line on stdout, until stdin ends:
{"ask": NAME, ...} -> {"ok": true, ...} or {"ok": false, "error": TEXT}; before it there may be lines
{"progress": {"done": N, "total": M, "unit": TEXT}}. Times are seconds of wall clock for the work
alone, without reading the request. A library is loaded when the first request needs it.
"""

import json
import platform
import sys
import traceback
from importlib import metadata


def versions(request):
    found = {"python": platform.python_version()}
    for name in ("torch", "numpy", "scipy", *request.get("also", [])):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            raise LookupError(f"{sys.executable} has no {name}; install scripts/peers/requirements.txt in it") from None
    return found


def network(request):
    import network_peer

    return network_peer.answer(request)


def weight_map(request):
    import weight_map_peer

    return weight_map_peer.answer(request)


def segment(request):
    import segment_peer

    return segment_peer.answer(request)


ANSWERS = {"versions": versions, "network": network, "weightMap": weight_map, "segment": segment}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"ok": True, **ANSWERS[request["ask"]](request)}
        except LookupError as error:
            reply = {"ok": False, "error": error.args[0]}
        except Exception as error:  # whatever it is, the bench has to print it
            traceback.print_exc()
            reply = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
