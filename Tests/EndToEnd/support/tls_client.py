"""A raw client that speaks TLS to the gateway."""

import ssl

from .raw_http import RawClient


def client_context(authority, oldest=None, newest=None, protocols=("http/1.1",)):
    context = ssl.create_default_context(cafile=authority)
    if oldest:
        context.minimum_version = oldest
    if newest:
        context.maximum_version = newest
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class TLSClient(RawClient):
    """One connection. An end without `close_notify` raises `ssl.SSLEOFError`."""

    def __init__(self, port, context, **options):
        super().__init__(port, **options)
        try:
            self.socket = context.wrap_socket(
                self.socket, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
        except BaseException:
            self.socket.close()
            raise
