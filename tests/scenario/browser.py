#!/usr/bin/python3
"""The attacks of tests/scenario/browser: browser.py STAGE.JSON

STAGE.JSON: "tcp", the agent's port, "token" and "application" for it; "control", the agent's control socket; "lab", the
address of the lab's control; "naf", "impu"; "tmp", a directory.

Real web pages in Chromium, of an attacker's server on 127.0.0.2, try to reach what listens on 127.0.0.1. Each attack is
played against a weak victim first, a proxy that knows nothing of web pages, and has to succeed there; then against the
agent, which has to refuse and count it, and of which nothing may come to the NAF.

Prints "ok" or "not ok" and a text for each kind, and at the end lines "browser: ...".
"""
import http.client
import http.server
import json
import socket
import struct
import sys
import threading
import time
import urllib.request
from typing import NamedTuple

from chromium import Chromium, Failed

with open(sys.argv[1], encoding="ascii") as stage_file:
    STAGE = json.load(stage_file)
NAF = STAGE["naf"]
TREE = f"/pres-rules/users/{STAGE['impu']}/"
AGENT, WEAK, PAGES = STAGE["tcp"], 8056, 8057
HERE, THERE = "127.0.0.1", "127.0.0.2"  # the agent and the victim; the attacker
SECRET = "the rules of the user"
PATIENCE = 10


# --- who is there beside the agent ------------------------------------------------------------------

class NameServer(threading.Thread):
    """The attacker's DNS: names of his are at addresses of his choice, and the NAF's too, to make it worse."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HERE, 53))
        self.start()

    @staticmethod
    def addresses(name):
        if name.startswith("rebound.") or name == NAF:
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
        self.reached = set()  # methods and names of documents that the victim took for the user's
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
        self.close_connection = True
        self.answer(200, "text/html", b"<!doctype html><title>win</title><body>", Connection="close")


class Victim(Handler):
    """What a local proxy is that trusts whoever reaches it, and has heard that CORS is in the way of web applications."""

    def serve(self):
        self.body()
        if self.path.startswith("http://") and "Proxy-Authorization" not in self.headers:
            self.answer(407, "text/plain", Proxy_Authenticate='Basic realm="victim"')
            return
        if self.command != "OPTIONS":
            self.server.reached.add((self.command, self.path.partition("?")[0].rpartition("/")[2]))
        self.answer(200, "text/plain", SECRET.encode(), Access_Control_Allow_Origin=self.headers.get("Origin", "*"),
                    Access_Control_Allow_Credentials="true", Access_Control_Allow_Methods="GET, PUT, POST, DELETE",
                    Access_Control_Allow_Headers="content-type, if-match, x-3gpp-intended-identity",
                    Access_Control_Allow_Private_Network="true", Cache_Control="no-store")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_CONNECT = serve


# --- the attacks ------------------------------------------------------------------------------------

class Attack(NamedTuple):
    name: str
    method: str  # that has to come to the victim
    script: str  # an expression that is a promise of what the page learnt; U is the address
    reads: bool = False  # the page of another origin reads the victim's answer


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
# Of a page that is of the same origin as the victim: what it may read then, and what others may do too.
REBOUND = [attack._replace(reads=attack.method != "HEAD") for attack in ATTACKS if attack.name.startswith(("fetch", "XMLHttpRequest"))]
REBOUND += [attack for attack in ATTACKS if attack.name in (
    "a form with POST as text/plain", "an image without Referer", "a script", "a frame", "server-sent events", "a WebSocket", "a window")]
BEHIND_A_PROXY = [attack for attack in ATTACKS if attack.name != "a WebSocket"]  # that one asks for CONNECT


class Outcome(NamedTuple):
    wrong: list
    learnt: str


def status():
    """The agent's own counts, from its control socket, without those of the questions for them."""
    status.asked += 1
    connection = http.client.HTTPConnection("ut-agent")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(STAGE["control"])
    connection.request("GET", "/status")
    counts = json.load(connection.getresponse())["sockets"]
    connection.close()
    return counts | {"requests": counts["requests"] - status.asked}


status.asked = 0


def seen():
    """What came to the operator: requests of Ut, their octets, and bootstrappings."""
    with urllib.request.urlopen(STAGE["lab"] + "/stats") as answer:
        stats = json.load(answer)
    return stats["nafs"][NAF]["requests"], stats["nafs"][NAF]["application_octets"], stats["bsf"]["bootstrapped"]


def in_time(chromium, condition):
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


class Duel:
    """The attacks on the victim and on the agent, and the counts of both."""

    def __init__(self):
        self.number = self.fell = self.refused = self.denied = 0

    def fight(self, attack, victim, fall, attempts):
        """`fall`: (page, address) at the victim; `attempts`: the same at the agent. What is wrong, as lines."""
        self.number += 1
        page, url = fall
        learnt = play(page, attack, f"{url}{self.number}")
        came = in_time(page.chromium, lambda: (attack.method, str(self.number)) in victim.reached)
        if not came:
            yield f"the weak victim does not fall for it: {learnt}"
        elif attack.reads and SECRET not in learnt:
            yield f"the page does not read what the weak victim says: {learnt}"
        else:
            self.fell += 1
        for page, url in attempts:
            before, naf = status(), seen()
            learnt = play(page, attack, f"{url}{self.number}")
            counted = in_time(page.chromium, lambda: status()["denied"] > before["denied"])
            after = status()
            self.denied += after["denied"] - before["denied"]
            asked = after["requests"] - before["requests"]
            if not counted or asked != after["denied"] - before["denied"]:
                yield f"{url}: {asked} requests, {after['denied'] - before['denied']} counted as denied"
            if seen() != naf:
                yield f"{url}: {seen()} came to the operator, before {naf}"
            if any(word in learnt for word in (SECRET, "ruleset")):
                yield f"{url}: the page learnt {learnt}"
            self.refused += counted and seen() == naf

    def round(self, title, attacks, victim, fall, attempts):
        for attack in attacks:
            try:
                wrong = list(self.fight(attack, victim, fall, attempts))
            except Failed as failure:
                wrong = [str(failure)]
            print(f"{'not ok' if wrong else 'ok'} {title}: {attack.name}", *wrong, sep="\n# ", flush=True)


def say(good, text, *more):
    print(f"{'ok' if good else 'not ok'} {text}", *([] if good else more), sep="\n# ", flush=True)


def foreign_page(duel, victim):
    """A page of the attacker's origin asks for addresses of this machine, under names of several kinds."""
    pages = Server(THERE, PAGES, AttackersPages)
    with Chromium(STAGE["tmp"] + "/foreign") as chromium:
        page = chromium.page()
        page.go(f"http://evil.example:{PAGES}/")
        names = (HERE, "agent.evil.example")
        duel.round("a page of another origin", ATTACKS, victim, (page, f"http://{HERE}:{WEAK}{TREE}"),
                   [(page, f"http://{name}:{AGENT}{TREE}") for name in names])
    pages.end()
    return len(names)


def rebound_page(duel, victim):
    """The name of the page's origin is at the attacker's address first, then at that of the agent: one origin."""
    names = ("rebound.evil.example", NAF)
    with Chromium(STAGE["tmp"] + "/rebound") as chromium:
        pages = {}
        for port in (WEAK, AGENT):
            attackers = Server(THERE, port, AttackersPages)
            for name in names:
                pages[name, port] = chromium.page()
                pages[name, port].go(f"http://{name}:{port}/")
            attackers.end()
        for name in names:
            duel.round("a rebound page, " + ("the NAF's name" if name == NAF else "a name of its own"), REBOUND, victim,
                       (pages[name, WEAK], f"http://{name}:{WEAK}{TREE}"),
                       [(pages[name, AGENT], f"http://{name}:{AGENT}{TREE}")])
    return len(names)


def behind(port):
    """A browser that has what listens there as its proxy, for all but the attacker's pages. Its user types the agent's
    token when the proxy asks."""
    chromium = Chromium(f"{STAGE['tmp']}/proxy-{port}", f"--proxy-server=http://{HERE}:{port}",
                        "--proxy-bypass-list=<-loopback>;*evil.example")
    chromium.proxy_login = STAGE["application"], STAGE["token"]
    return chromium


def page_behind_proxy(duel, victim):
    pages = Server(THERE, PAGES, AttackersPages)
    with behind(WEAK) as weak, behind(AGENT) as strong:
        fall, attempt = weak.page(), strong.page()
        for page in (fall, attempt):
            page.go(f"http://evil.example:{PAGES}/")
        url = f"http://{NAF}{TREE}"
        duel.round("a page, with the agent as the browser's proxy", BEHIND_A_PROXY, victim, (fall, url), [(attempt, url)])
    pages.end()


def user_behind_proxy(victim):
    """What the user of such a browser sees who opens a page. No page is needed that attacks."""
    before = seen()
    with behind(WEAK) as weak:
        page = weak.page()
        page.go(f"http://{NAF}{TREE}index")
        say(SECRET in page.evaluate("document.body.innerText"), "the weak victim shows its user the NAF's document")
    with behind(AGENT) as strong:
        page = strong.page()
        for name, url in (("the NAF's document", f"http://{NAF}{TREE}index"), ("another host", "http://other.home1.net/"),
                          ("the agent itself", "http://ut-agent/status"), ("a loopback address", f"http://{HERE}:{WEAK}/")):
            page.go(url)
            shown = page.evaluate("document.body.innerText")
            say("policy-web-page" in shown and "web pages have no access" in shown,
                f"who opens {name} with the agent as the proxy reads that web pages have no access", shown)
        denied = status()["denied"]
        error = page.go(f"https://{NAF}{TREE}")
        say(error == "net::ERR_TUNNEL_CONNECTION_FAILED" and status()["denied"] > denied,
            "a page of https is refused: no tunnel", error)
    say(seen() == before, "nothing of it came to the operator", f"{seen()}, before {before}")


def main():
    NameServer()
    victim = Server(HERE, WEAK, Victim)
    duel, began = Duel(), time.monotonic()
    names = foreign_page(duel, victim)
    rebound = rebound_page(duel, victim)
    page_behind_proxy(duel, victim)
    user_behind_proxy(victim)
    kinds = len(ATTACKS)
    others = rebound * len(REBOUND) + len(BEHIND_A_PROXY)
    attempts = kinds * names + others
    say(len({attack.name for attack in ATTACKS}) == kinds and duel.fell == kinds + others,
        "each attack is one: it succeeds against the weak victim", f"{duel.fell} of {duel.number}")
    say(duel.refused == attempts, "the agent refused and counted them all", f"{duel.refused} of {attempts}")
    print(f"browser: {kinds} kinds, {duel.fell} succeed against a weak victim, {duel.refused} of {attempts} at the agent refused "
          f"({duel.denied} requests counted as denied), in {time.monotonic() - began:.1f} s")


main()
