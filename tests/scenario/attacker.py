"""An attacker with web pages, for the scenarios with Chromium: his name server, his web server and what his pages try.

He is at 127.0.0.2; what he is after is at 127.0.0.1. The name server needs to be that of the namespace (resolv.conf).
"""
import http.server
import socket
import struct
import threading
from typing import NamedTuple

from chromium import Failed

HERE, THERE = "127.0.0.1", "127.0.0.2"  # what is attacked; the attacker
PATIENCE = 10


# --- his servers ------------------------------------------------------------------------------------

class NameServer(threading.Thread):
    """The attacker's DNS: names of his are at addresses of his choice."""

    def __init__(self, rebound=()):
        super().__init__(daemon=True)
        self.rebound = rebound  # names that are rebound, beside those below "rebound."
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HERE, 53))
        self.start()

    def addresses(self, name):
        if name.startswith("rebound.") or name in self.rebound:
            return [THERE, HERE]  # the second one when the first does not answer any more
        return {"evil.example": [THERE], "agent.evil.example": [HERE]}.get(name, [])

    def run(self):
        while True:
            query, who = self.socket.recvfrom(512)
            end = query.index(0, 12) + 1
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
                at += 1 + query[at]
            is_a = query[end:end + 2] == b"\0\1"
            addresses = self.addresses(".".join(labels)) if is_a else []
            answer = query[:2] + b"\x84\0\0\1" + struct.pack(">HHH", len(addresses), 0, 0) + query[12:end + 4]
            for address in addresses:
                answer += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(address)
            self.socket.sendto(answer, who)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, port, handler):
        super().__init__((address, port), handler)
        self.connections = []
        self.cookies = []  # that came
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def process_request(self, request, client_address):
        self.connections.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        pass  # a browser that went

    def end(self):
        """Nobody is here any more, not even at the end of a connection that a browser opened in advance."""
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, kind, body=b"", **fields):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")


class AttackersPages(Handler):
    """One empty page. Its connections end with the answer, so that a rebound name is connected to anew."""

    def do_GET(self):
        self.server.cookies += self.headers.get_all("Cookie", [])
        self.close_connection = True
        self.answer(200, "text/html", b"<!doctype html><title>win</title><body>", Connection="close")


# --- what his pages try -----------------------------------------------------------------------------

class Attack(NamedTuple):
    name: str
    method: str  # of the request
    script: str  # an expression that is a promise of what the page learnt; U is the address
    reads: bool = False  # whether a page of another origin reads the answer where CORS lets it


# What the pages have at hand. An element is done when it has loaded or failed.
TOOLS = """
const done = (start) => new Promise((end) => { start(end); setTimeout(end, %d); }).then((got) => typeof got === 'string' ? got : '');
const element = (name, fields, more) => done((end) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(fields)) made.setAttribute(key, value);
  made.onload = made.onerror = made.oncanplay = made.onloadedmetadata = end;
  document.body.append(made);
  if (more) more(made, end);
});
const form = (fields, frame = {}) => done((end) => {
  const target = Object.assign(document.createElement('iframe'), { name: 'f' + Math.random(), onload: end }, frame);
  document.body.append(target);
  const made = Object.assign(document.createElement('form'), fields, { target: target.name });
  made.innerHTML = '<input name="x" value="y">';
  document.body.append(made);
  made.submit();
});
const text = (answer) => answer.text();
const xhr = (method, U, body) => done((end) => {
  const made = new XMLHttpRequest();
  made.open(method, U);
  made.onload = () => end(made.responseText);
  made.onerror = end;
  made.send(body);
});
""" % (PATIENCE * 1000)

ATTACKS = [
    Attack("fetch GET", "GET", "fetch(U).then(text)", True),
    Attack("fetch GET with credentials", "GET", "fetch(U, {credentials: 'include'}).then(text)", True),
    Attack("fetch GET without CORS", "GET", "fetch(U, {mode: 'no-cors'}).then(text)"),
    Attack("fetch GET without CORS and Referer", "GET", "fetch(U, {mode: 'no-cors', referrerPolicy: 'no-referrer'}).then(text)"),
    Attack("fetch HEAD without CORS", "HEAD", "fetch(U, {method: 'HEAD', mode: 'no-cors', referrerPolicy: 'no-referrer'}).then(text)"),
    Attack("fetch GET in the identity of another", "GET", "fetch(U, {headers: {'X-3GPP-Intended-Identity': '\"sip:a@b\"'}}).then(text)", True),
    Attack("fetch POST without CORS", "POST", "fetch(U, {method: 'POST', mode: 'no-cors', body: 'x'}).then(text)"),
    Attack("fetch POST without CORS and Referer", "POST",
           "fetch(U, {method: 'POST', mode: 'no-cors', referrerPolicy: 'no-referrer', body: 'x'}).then(text)"),
    Attack("fetch POST", "POST", "fetch(U, {method: 'POST', body: new URLSearchParams({x: 'y'})}).then(text)", True),
    Attack("fetch POST of JSON", "POST", "fetch(U, {method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}}).then(text)", True),
    Attack("fetch POST that outlives its page", "POST", "fetch(U, {method: 'POST', body: 'x', keepalive: true}).then(text)", True),
    Attack("fetch PUT", "PUT", "fetch(U, {method: 'PUT', body: '<ruleset/>'}).then(text)", True),
    Attack("fetch PUT with If-Match", "PUT", "fetch(U, {method: 'PUT', body: '<ruleset/>', headers: {'If-Match': '*'}}).then(text)", True),
    Attack("fetch DELETE", "DELETE", "fetch(U, {method: 'DELETE'}).then(text)", True),
    *(Attack("XMLHttpRequest " + method, method, f"xhr('{method}', U, {'null' if method in ('GET', 'DELETE') else repr('x')})", True)
      for method in ("GET", "POST", "PUT", "DELETE")),
    Attack("sendBeacon", "POST", "done((end) => end(navigator.sendBeacon(U, 'x')))"),
    Attack("a form with GET", "GET", "form({action: U})"),
    *(Attack("a form with POST as " + coding, "POST", f"form({{action: U, method: 'post', enctype: '{coding}'}})")
      for coding in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")),
    Attack("a form of a sandboxed frame", "POST",
           "element('iframe', {sandbox: 'allow-scripts allow-forms', srcdoc: `<form method=post action='${U}'></form><script>document.forms[0].submit()</script>`})"),
    Attack("an image", "GET", "element('img', {src: U})"),
    Attack("an image without Referer", "GET", "element('img', {src: U, referrerpolicy: 'no-referrer'})"),
    Attack("an image with CORS", "GET", "element('img', {crossorigin: 'use-credentials', src: U})"),
    Attack("a button that is an image", "GET", "element('input', {type: 'image', src: U})"),
    Attack("a background", "GET", "element('img', {src: 'data:,'}, (made) => { made.style.background = `url(${U})`; })"),
    Attack("a script", "GET", "element('script', {src: U})"),
    Attack("a script without Referer", "GET", "element('script', {src: U, referrerpolicy: 'no-referrer'})"),
    Attack("a module", "GET", "import(U).then(() => '')"),
    Attack("a script of a worker", "GET",
           "done((end) => { new Worker(URL.createObjectURL(new Blob([`try { importScripts('${U}') } catch {} postMessage('')`]))).onmessage = end; })"),
    Attack("a stylesheet", "GET", "element('link', {rel: 'stylesheet', href: U})"),
    Attack("a font", "GET", "new FontFace('x', `url(${U})`).load().then(() => '')"),
    Attack("a preload", "GET", "element('link', {rel: 'preload', as: 'fetch', href: U})"),
    Attack("a frame", "GET", "element('iframe', {src: U})"),
    Attack("a frame without Referer", "GET", "element('iframe', {src: U, referrerpolicy: 'no-referrer'})"),
    Attack("an object", "GET", "element('object', {data: U})"),
    Attack("an embedded thing", "GET", "element('embed', {src: U})"),
    Attack("a video", "GET", "element('video', {src: U, preload: 'auto'})"),
    Attack("a sound", "GET", "element('audio', {src: U, preload: 'auto'})"),
    Attack("server-sent events", "GET", "done((end) => { const source = new EventSource(U); source.onerror = () => { source.close(); end(); }; })"),
    Attack("a WebSocket", "GET", "done((end) => { new WebSocket(U.replace('http:', 'ws:')).onerror = end; })"),
    Attack("a window", "GET", "done((end) => { const opened = open(U); setTimeout(() => { opened.close(); end(); }, 300); })"),
    Attack("the ping of a link", "POST", "element('a', {href: '#', ping: U}, (made, end) => { made.click(); end(); })"),
]


def in_time(chromium, condition):
    """Whether the condition holds before patience ends."""
    try:
        chromium.wait(condition, PATIENCE)
        return True
    except Failed:
        return False


def play(page, attack, url):
    """What the page learnt by it."""
    script = f"(() => {{ {TOOLS} const U = '{url}'; return {attack.script}; }})().then(String, (error) => 'failed: ' + error)"
    page.command("Page.bringToFront")  # what is not seen is not painted, and loads no background
    return page.evaluate(script)


def say(good, text, *more):
    """One check, as the scenario counts it."""
    print(f"{'ok' if good else 'not ok'} {text}", *([] if good else more), sep="\n# ", flush=True)
