"""A SQL Server that knows one login and nothing else, written from MS-TDS: PRELOGIN, TLS inside PRELOGIN packets, LOGIN7,
LOGINACK or error 18456. python-tds logging in is the proof that it asks what the real one asks.
Arguments: port, user, password, certificate with its key (PEM)."""
import socketserver, ssl, struct, sys

PORT, USER, PASSWORD, PEM = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
PRELOGIN, LOGIN7, REPLY = 0x12, 0x10, 4


class Line(socketserver.BaseRequestHandler):
    def exact(self, read, count):
        out = b""
        while len(out) < count:
            more = read(count - len(out))
            if not more:
                raise EOFError
            out += more
        return out

    def message(self, read):
        kind, body, last = 0, b"", 0
        while not last & 1:
            kind, last, size = struct.unpack(">BBH", self.exact(read, 8)[:4])
            body += self.exact(read, size - 8)
        return kind, body

    @staticmethod
    def packet(kind, body):
        return struct.pack(">BBHHBB", kind, 1, len(body) + 8, 0, 1, 0) + body

    def handle(self):
        try:
            self.talk()
        except (EOFError, ssl.SSLError, ConnectionError):
            pass

    def talk(self):
        kind, _ = self.message(self.request.recv)
        assert kind == PRELOGIN
        # Version 16, encryption on for everything.
        self.request.sendall(self.packet(REPLY, bytes([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 255, 16, 0, 0, 0, 0, 0, 1])))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)
        # TDS 7.4 wraps the handshake of TLS 1.2; 1.3 would send tickets after it.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(inward, outward, server_side=True)
        done = False
        while not done:
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
            if outward.pending:
                self.request.sendall(self.packet(PRELOGIN, outward.read()))
            if not done:
                inward.write(self.message(self.request.recv)[1])

        def read(count):
            while True:
                try:
                    return tls.read(count)
                except ssl.SSLWantReadError:
                    more = self.request.recv(65536)
                    if not more:
                        return b""
                    inward.write(more)

        kind, login = self.message(read)
        assert kind == LOGIN7 and struct.unpack_from("<I", login)[0] == len(login), "not a whole LOGIN7"
        text = lambda nth: login[(at := struct.unpack_from("<HH", login, 36 + 4 * nth))[0]:][: 2 * at[1]]
        hidden = bytes((b ^ 0xA5) >> 4 | ((b ^ 0xA5) << 4) & 0xF0 for b in text(2))
        right = (text(1).decode("utf-16-le"), hidden.decode("utf-16-le")) == (USER, PASSWORD)
        tls.write(self.packet(REPLY, ack() if right else refusal(text(1).decode("utf-16-le"))))
        self.request.sendall(outward.read())
        if right:
            read(1)


def token(kind, body):
    return struct.pack("<BH", kind, len(body)) + body


def wide(text, size="B"):
    return struct.pack("<" + size, len(text)) + text.encode("utf-16-le")


def ack():
    done = struct.pack("<BHHQ", 0xFD, 0, 0, 0)
    size = token(0xE3, b"\x04" + wide("4096") + wide("4096"))
    return token(0xAD, b"\x01" + struct.pack(">I", 0x74000004) + wide("Microsoft SQL Server") + bytes([16, 0, 0, 0])) + size + done


def refusal(user):
    text = wide(f"Login failed for user '{user}'.", "H")
    body = struct.pack("<IBB", 18456, 1, 14) + text + wide("fake") + wide("") + struct.pack("<I", 1)
    return token(0xAA, body) + struct.pack("<BHHQ", 0xFD, 2, 0, 0)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


Server(("127.0.0.1", PORT), Line).serve_forever()
