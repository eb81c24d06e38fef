"""A TLS front for the mock, over HTTP/2 or HTTP/1.1 as ALPN decides, with a certificate authority of its own."""

import asyncio
import ssl
import subprocess
import threading

import h2.config
import h2.connection
import h2.events
import httpx


def make_certificates(directory):
    """A private authority and a certificate for 127.0.0.1; returns the paths of the authority, certificate and key."""
    paths = {name: str(directory / name) for name in ("ca.pem", "ca.key", "server.pem", "server.key", "server.csr")}

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test authority",
            "-keyout", paths["ca.key"], "-out", paths["ca.pem"])
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", paths["server.key"],
            "-out", paths["server.csr"])
    extensions = directory / "san.cnf"
    extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("x509", "-req", "-in", paths["server.csr"], "-CA", paths["ca.pem"], "-CAkey", paths["ca.key"],
            "-CAcreateserial", "-days", "2", "-extfile", str(extensions), "-out", paths["server.pem"])
    return paths["ca.pem"], paths["server.pem"], paths["server.key"]


class TLSUpstream:
    """Relays to the mock. `protocols` says what each connection spoke, `largest_overlap` how many streams of one HTTP/2
    connection were open at once."""

    def __init__(self, mock_port, certificate, key, protocols=("h2", "http/1.1")):
        self.mock_port = mock_port
        self.protocols = []
        self.largest_overlap = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(list(protocols))
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(10)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _listen(self):
        return await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self.context)

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _close(self):
        self.server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accepted(self, reader, writer):
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the front is being stopped

    async def _serve(self, reader, writer):
        protocol = writer.get_extra_info("ssl_object").selected_alpn_protocol() or "http/1.1"
        self.protocols.append(protocol)
        if protocol == "h2":
            await HTTP2Connection(self, reader, writer).run()
            return
        mock_reader, mock_writer = await asyncio.open_connection("127.0.0.1", self.mock_port)
        await asyncio.gather(pump(reader, mock_writer), pump(mock_reader, writer))


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


class HTTP2Connection:
    def __init__(self, front, reader, writer):
        self.front, self.reader, self.writer = front, reader, writer
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.requests, self.tasks = {}, {}
        self.window = asyncio.Event()

    def flush(self):
        self.writer.write(self.h2.data_to_send())

    async def run(self):
        self.h2.initiate_connection()
        self.flush()
        try:
            while data := await self.reader.read(65536):
                for event in self.h2.receive_data(data):
                    self.handle(event)
                self.flush()
        except OSError:
            pass
        for task in self.tasks.values():
            task.cancel()
        self.writer.close()

    def handle(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.requests[event.stream_id] = (dict(event.headers), bytearray())
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id][1].extend(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.tasks[event.stream_id] = asyncio.ensure_future(self.answer(event.stream_id))
            self.front.largest_overlap = max(self.front.largest_overlap, len(self.tasks))
        elif isinstance(event, h2.events.StreamReset) and event.stream_id in self.tasks:
            self.tasks.pop(event.stream_id).cancel()
        elif isinstance(event, h2.events.WindowUpdated):
            self.window.set()

    async def answer(self, stream_id):
        headers, body = self.requests.pop(stream_id)
        kept = {name: value for name, value in headers.items() if not name.startswith(":")}
        url = f"http://127.0.0.1:{self.front.mock_port}{headers[':path']}"
        try:
            async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
                async with client.stream(headers[":method"], url, headers=kept, content=bytes(body)) as response:
                    fields = [(":status", str(response.status_code))] + [
                        (name, value) for name, value in response.headers.items()
                        if name not in ("transfer-encoding", "connection")]
                    self.h2.send_headers(stream_id, fields)
                    self.flush()
                    async for piece in response.aiter_raw():
                        await self.send(stream_id, piece)
            self.h2.end_stream(stream_id)
        except httpx.HTTPError:
            self.h2.reset_stream(stream_id)
        finally:
            self.tasks.pop(stream_id, None)
        self.flush()

    async def send(self, stream_id, data):
        while data:
            size = min(len(data), self.h2.local_flow_control_window(stream_id), self.h2.max_outbound_frame_size)
            if size == 0:
                self.window.clear()
                await self.window.wait()
                continue
            self.h2.send_data(stream_id, data[:size])
            self.flush()
            await self.writer.drain()
            data = data[size:]
