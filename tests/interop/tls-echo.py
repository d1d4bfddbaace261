#!/usr/bin/python3
"""A TLS server on OpenSSL that sends back what it gets: tls-echo.py PORT CERTIFICATE KEY VERSION

One connection after the other, on 127.0.0.1; VERSION is 1.2 or 1.3.
"""

import socket
import ssl
import sys


def main():
    port, certificate, key, version = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.minimum_version = context.maximum_version = {
        "1.2": ssl.TLSVersion.TLSv1_2,
        "1.3": ssl.TLSVersion.TLSv1_3,
    }[version]
    with socket.create_server(("127.0.0.1", port)) as listener:
        print("ready", flush=True)
        while True:
            plain, _ = listener.accept()
            try:
                with context.wrap_socket(plain, server_side=True) as client:
                    while data := client.recv(65536):
                        client.sendall(data)
            except OSError as error:
                print("ended:", error, flush=True)


main()
