#!/usr/bin/python3
"""Somebody else who writes the same document: second-writer.py SOCKET AGENT_SOCKET TIMES MARK

Listens at SOCKET and passes each request on to AGENT_SOCKET. After each of the first TIMES GETs of a document, and before
its answer goes back, it puts a version of its own, with a comment <!--MARK n--> at the end. Prints a line for each.
"""
import http.client
import os
import socket
import socketserver
import sys

SOCKET, AGENT, TIMES, MARK = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
HOP = {"connection", "transfer-encoding", "content-length", "expect"}
written = 0


class Agent(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(AGENT)


def ask(method, target, headers, body=None):
    agent = Agent("ut-agent")
    agent.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        agent.putheader(name, value)
    if body is not None:
        agent.putheader("Content-Length", str(len(body)))
    agent.endheaders(body)
    answer = agent.getresponse()
    content = answer.read()
    agent.close()
    return answer.status, answer.reason, answer.getheaders(), content


class Between(socketserver.StreamRequestHandler):
    def handle(self):
        method, target, _ = self.rfile.readline().decode().split()
        headers = [(name, value) for name, value in http.client.parse_headers(self.rfile).items()]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), None)
        kept = [(name, value) for name, value in headers if name.lower() not in HOP]
        body = self.rfile.read(length) if length is not None else None
        status, reason, fields, content = ask(method, target, kept, body)
        if method == "GET" and status == 200 and "/users/" in target:
            self.interfere(target, kept, dict(fields), content)
        lines = [f"HTTP/1.1 {status} {reason}"]
        lines += [f"{name}: {value}" for name, value in fields if name.lower() not in HOP]
        lines += [f"Content-Length: {len(content)}", "Connection: close", "", ""]
        self.wfile.write("\r\n".join(lines).encode() + content)

    def interfere(self, target, headers, fields, content):
        global written
        if written >= TIMES:
            return
        written += 1
        fresh = content + f"<!--{MARK} {written}-->".encode()
        host = [(name, value) for name, value in headers if name.lower() == "host"]
        status = ask("PUT", target, host + [("Content-Type", fields["Content-Type"])], fresh)[0]
        print(f"written {written}: {status}", flush=True)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


if os.path.exists(SOCKET):
    os.unlink(SOCKET)
Server(SOCKET, Between).serve_forever()
