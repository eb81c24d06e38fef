"""Multipart bodies with a boundary and a part order of the test's choice."""


def encode(parts, boundary="----sluice-test-7d1f"):
    """`parts`: (name, filename or None, bytes). Returns the body and its Content-Type."""
    pieces = []
    for name, filename, content in parts:
        disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        if filename:
            head += "Content-Type: application/octet-stream\r\n"
        pieces.append(head.encode() + b"\r\n" + content + b"\r\n")
    return b"".join(pieces) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
