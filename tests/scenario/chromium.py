"""Headless Chromium for the scenarios, driven over its remote debugging pipe (Chrome DevTools Protocol).

    with Chromium("/tmp/profile", "--host-resolver-rules=MAP evil.example 127.0.0.2") as chromium:
        page = chromium.page()
        page.go("http://evil.example:8080/")
        print(page.evaluate("document.title"))

The browser is one process with children of its own and a profile in the given directory, beside which it writes a log;
leaving the block ends it by its pid. No port of it is open: what drives it are two pipes.
"""
import base64
import json
import os
import select
import subprocess
import time

PATIENCE = 30
# No host but those that the test names, no request of the browser's own, and pages that are as free to ask loopback as
# in a browser without Local Network Access, so that what refuses them is who is asked.
OPTIONS = (
    "--headless", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-domain-reliability", "--disable-breakpad", "--password-store=basic", "--mute-audio",
    "--metrics-recording-only", "--disable-popup-blocking", "--autoplay-policy=no-user-gesture-required",
    "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,HttpsUpgrades,HttpsFirstBalancedMode,"
    "OptimizationHints,MediaRouter,DialMediaRouteProvider,Translate,PaintHolding")


class Failed(Exception):
    """What the browser or a page answered with, or that it did not in time."""


class Chromium:
    def __init__(self, directory, *options):
        self.next_id, self.answers, self.pages, self.rest = 1, {}, {}, b""
        self.proxy_login = None  # (name, password) that a user would type when a proxy asks
        commands, self.to = os.pipe()
        self.come, events = os.pipe()
        # The debugging pipe is descriptors 3 and 4; those of our own may have these numbers.
        given = [os.dup(fd) if fd < 5 else fd for fd in (commands, events)]

        def place():
            os.dup2(given[0], 3)
            os.dup2(given[1], 4)
        with open(f"{directory}.log", "wb") as log:
            self.process = subprocess.Popen(
                ["chromium", *OPTIONS, f"--user-data-dir={directory}", *options, "about:blank"], preexec_fn=place,
                pass_fds=(3, 4), env=os.environ | {"HOME": str(directory)}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for fd in {commands, events, *given}:
            os.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        try:
            self.command("Browser.close")
            self.process.wait(PATIENCE)
        except (Failed, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.come)

    def send(self, method, params, session):
        number, self.next_id = self.next_id, self.next_id + 1
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self.to, json.dumps(message).encode() + b"\0")
        return number

    def command(self, method, session=None, patience=PATIENCE, **params):
        """The answer to a command; Failed with what is wrong."""
        number = self.send(method, params, session)
        self.wait(lambda: number in self.answers, patience, method)
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def wait(self, condition, patience=PATIENCE, what="condition"):
        """Takes what the browser tells until the condition holds; Failed when it does not in time."""
        end = time.monotonic() + patience
        while not condition():
            left = end - time.monotonic()
            if left <= 0:
                raise Failed(f"{what}: not in {patience} s")
            if select.select([self.come], [], [], min(left, 0.02))[0]:
                self.read()

    def read(self):
        octets = os.read(self.come, 1 << 20)
        if not octets:
            raise Failed("the browser has gone")
        *messages, self.rest = (self.rest + octets).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self.answers[message["id"]] = message
            elif page := self.pages.get(message.get("sessionId")):
                page.happened(message["method"], message["params"])

    def page(self, apart=False):
        """A new page; `apart`: with a cookie jar of its own, as another browser has it."""
        context = {"browserContextId": self.command("Target.createBrowserContext")["browserContextId"]} if apart else {}
        target = self.command("Target.createTarget", url="about:blank", **context)["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.pages[session] = Page(self, session, target)
        return self.pages[session].prepare()


class Page:
    def __init__(self, chromium, session, target):
        self.chromium, self.session, self.target = chromium, session, target
        self.events = []  # (method, params) of everything that the page told

    def prepare(self):
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.command(domain + ".enable")
        if self.chromium.proxy_login:
            self.command("Fetch.enable", handleAuthRequests=True)
        return self

    def command(self, method, **params):
        return self.chromium.command(method, session=self.session, **params)

    def happened(self, method, params):
        if method == "Fetch.requestPaused":
            self.chromium.send("Fetch.continueRequest", {"requestId": params["requestId"]}, self.session)
        elif method == "Fetch.authRequired":
            name, password = self.chromium.proxy_login
            answer = {"response": "ProvideCredentials", "username": name, "password": password}
            if params["authChallenge"].get("source") != "Proxy":
                answer = {"response": "CancelAuth"}
            self.chromium.send("Fetch.continueWithAuth",
                               {"requestId": params["requestId"], "authChallengeResponse": answer}, self.session)
        else:
            self.events.append((method, params))

    def told(self, method):
        return [params for name, params in self.events if name == method]

    def go(self, url):
        """Opens the address, as the user would by typing it; what went wrong, empty when nothing did."""
        self.events.clear()
        answer = self.command("Page.navigate", url=url)
        self.chromium.wait(lambda: self.told("Page.loadEventFired"), what="load " + url)
        return answer.get("errorText", "")

    def evaluate(self, script):
        """The value of an expression in the page, awaited when it is a promise."""
        answer = self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def until(self, script, patience=PATIENCE):
        """Waits until the expression is true in the page, which may be another one by then; its value."""
        value = None

        def holds():
            nonlocal value
            try:
                value = self.evaluate(script)
            except Failed:
                value = None  # between two pages
            return value
        self.chromium.wait(holds, patience, script)
        return value

    def screenshot(self, path, width, height, scale=1, **media):
        self.command("Emulation.setScrollbarsHidden", hidden=True)
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)
        if media:
            self.command("Emulation.setEmulatedMedia", features=[{"name": name.replace("_", "-"), "value": value}
                                                                for name, value in media.items()])
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.command("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self.chromium.command("Target.closeTarget", targetId=self.target)
        del self.chromium.pages[self.session]
