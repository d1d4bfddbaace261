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
import json
import socket
import sys
import time
import urllib.request

from attacker import ATTACKS, HERE, THERE, AttackersPages, Handler, NameServer, Server, in_time, play, say
from chromium import Chromium, Failed

with open(sys.argv[1], encoding="ascii") as stage_file:
    STAGE = json.load(stage_file)
NAF = STAGE["naf"]
TREE = f"/pres-rules/users/{STAGE['impu']}/"
AGENT, WEAK, PAGES = STAGE["tcp"], 8056, 8057
SECRET = "the rules of the user"
REACHED = set()  # methods and names of documents that the victim took for the user's


class Victim(Handler):
    """What a local proxy is that trusts whoever reaches it, and has heard that CORS is in the way of web applications."""

    def serve(self):
        self.body()
        if self.path.startswith("http://") and "Proxy-Authorization" not in self.headers:
            self.answer(407, "text/plain", Proxy_Authenticate='Basic realm="victim"')
            return
        if self.command != "OPTIONS":
            REACHED.add((self.command, self.path.partition("?")[0].rpartition("/")[2]))
        self.answer(200, "text/plain", SECRET.encode(), Access_Control_Allow_Origin=self.headers.get("Origin", "*"),
                    Access_Control_Allow_Credentials="true", Access_Control_Allow_Methods="GET, PUT, POST, DELETE",
                    Access_Control_Allow_Headers="content-type, if-match, x-3gpp-intended-identity",
                    Access_Control_Allow_Private_Network="true", Cache_Control="no-store")

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_CONNECT = serve


# Of a page that is of the same origin as the victim: what it may read then, and what others may do too.
REBOUND = [attack._replace(reads=attack.method != "HEAD") for attack in ATTACKS if attack.name.startswith(("fetch", "XMLHttpRequest"))]
REBOUND += [attack for attack in ATTACKS if attack.name in (
    "a form with POST as text/plain", "an image without Referer", "a script", "a frame", "server-sent events", "a WebSocket", "a window")]
BEHIND_A_PROXY = [attack for attack in ATTACKS if attack.name != "a WebSocket"]  # that one asks for CONNECT


def status():
    """The agent's own counts, from its control socket."""
    connection = http.client.HTTPConnection("ut-agent")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(STAGE["control"])
    connection.request("GET", "/status")
    counts = json.load(connection.getresponse())["sockets"]
    connection.close()
    return counts


def seen():
    """What came to the operator: requests of Ut, their octets, and bootstrappings."""
    with urllib.request.urlopen(STAGE["lab"] + "/stats") as answer:
        stats = json.load(answer)
    return stats["nafs"][NAF]["requests"], stats["nafs"][NAF]["application_octets"], stats["bsf"]["bootstrapped"]


class Duel:
    """The attacks on the victim and on the agent, and the counts of both."""

    def __init__(self):
        self.number = self.fell = self.refused = self.denied = 0

    def fight(self, attack, fall, attempts):
        """`fall`: (page, address) at the victim; `attempts`: the same at the agent. What is wrong, as lines."""
        self.number += 1
        page, url = fall
        learnt = play(page, attack, f"{url}{self.number}")
        came = in_time(page.chromium, lambda: (attack.method, str(self.number)) in REACHED)
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

    def round(self, title, attacks, fall, attempts):
        for attack in attacks:
            try:
                wrong = list(self.fight(attack, fall, attempts))
            except Failed as failure:
                wrong = [str(failure)]
            print(f"{'not ok' if wrong else 'ok'} {title}: {attack.name}", *wrong, sep="\n# ", flush=True)


def foreign_page(duel):
    """A page of the attacker's origin asks for addresses of this machine, under names of several kinds."""
    pages = Server(THERE, PAGES, AttackersPages)
    with Chromium(STAGE["tmp"] + "/foreign") as chromium:
        page = chromium.page()
        page.go(f"http://evil.example:{PAGES}/")
        names = (HERE, "agent.evil.example")
        duel.round("a page of another origin", ATTACKS, (page, f"http://{HERE}:{WEAK}{TREE}"),
                   [(page, f"http://{name}:{AGENT}{TREE}") for name in names])
    pages.end()
    return len(names)


def rebound_page(duel):
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
            duel.round("a rebound page, " + ("the NAF's name" if name == NAF else "a name of its own"), REBOUND,
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


def page_behind_proxy(duel):
    pages = Server(THERE, PAGES, AttackersPages)
    with behind(WEAK) as weak, behind(AGENT) as strong:
        fall, attempt = weak.page(), strong.page()
        for page in (fall, attempt):
            page.go(f"http://evil.example:{PAGES}/")
        url = f"http://{NAF}{TREE}"
        duel.round("a page, with the agent as the browser's proxy", BEHIND_A_PROXY, (fall, url), [(attempt, url)])
    pages.end()


def user_behind_proxy():
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
    NameServer(rebound=[NAF])  # the NAF's name too, to make it worse
    Server(HERE, WEAK, Victim)
    duel, began = Duel(), time.monotonic()
    names = foreign_page(duel)
    rebound = rebound_page(duel)
    page_behind_proxy(duel)
    user_behind_proxy()
    kinds = len(ATTACKS)
    others = rebound * len(REBOUND) + len(BEHIND_A_PROXY)
    attempts = kinds * names + others
    say(len({attack.name for attack in ATTACKS}) == kinds and duel.fell == kinds + others,
        "each attack is one: it succeeds against the weak victim", f"{duel.fell} of {duel.number}")
    say(duel.refused == attempts, "the agent refused and counted them all", f"{duel.refused} of {attempts}")
    print(f"browser: {kinds} kinds, {duel.fell} succeed against a weak victim, {duel.refused} of {attempts} at the agent refused "
          f"({duel.denied} requests counted as denied), in {time.monotonic() - began:.1f} s")


main()
