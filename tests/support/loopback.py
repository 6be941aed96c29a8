"""An HTTP server on 127.0.0.1 whose answers are JSON: what every fake of a provider ends in."""
import http.server, json, traceback, urllib.parse


def handler(answer):
    """`answer(method, path, query, headers, body)` says the status, the document and, if need be, headers; header names are in lower case."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, said, *more = answer(self.command, path, dict(urllib.parse.parse_qsl(query, True)), headers, body)
            except Exception as error:
                traceback.print_exc()
                status, said, more = 500, {"error": repr(error)}, []
            data = b"" if status == 204 else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do

        def log_message(self, *_):
            pass

    return Handler


def serve(port, answer):
    http.server.ThreadingHTTPServer(("127.0.0.1", port), handler(answer)).serve_forever()
