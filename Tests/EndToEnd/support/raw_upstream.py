"""An upstream that answers with bytes given by the test, for shapes that the mock does not play."""

import socket
import ssl
import threading


class RawUpstream:
    """Answers the n-th connection with the n-th of `answers`, the last one from then on, and closes.

    An answer is bytes, or a function that yields them: it may go on for as long as somebody reads. With `certificate`
    and `key` the upstream speaks TLS.
    """

    def __init__(self, *answers, certificate=None, key=None):
        self.answers = list(answers)
        self.taken = 0
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                with connection:
                    self._answer(self.context.wrap_socket(connection, server_side=True) if self.context else connection)
            except OSError:
                # The gateway has had enough.
                continue

    def _answer(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                break
            head += piece
        answer = self.answers[min(self.taken, len(self.answers) - 1)]
        self.taken += 1
        if callable(answer):
            for piece in answer():
                connection.sendall(piece)
        else:
            connection.sendall(answer)
        connection.close()

    def stop(self):
        self.listener.close()


def stream(body):
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body
