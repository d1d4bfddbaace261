#include "tests/support/catch.h"

#include "tools/ut-lab/xcap_node.h"
#include "tools/ut-lab/xcap_store.h"

#include <string>

using namespace ut::lab;

namespace {

const std::vector<std::string> kUser = {"sip:user1_public1@home1.net", "tel:+15550001"};
const std::string kPath = "/pres-rules/users/sip:user1_public1@home1.net/index";
const std::string kDocument =
    "<?xml version=\"1.0\"?>\n<ruleset xmlns=\"urn:a\" xmlns:b=\"urn:b\">\r\n"
    "  <rule id=\"1\" note='a > b'><b:x/><!-- </rule> --><![CDATA[</rule>]]></rule>\n"
    "  <rule id=\"2\"/><b:rule id=\"3\">t</b:rule>\n</ruleset>\n";

Request request(std::string method, std::string target, std::string body = {},
                std::vector<HeaderField> headers = {}) {
  return {std::move(method), std::move(target), std::move(headers), std::move(body)};
}

Response put(XcapStore& store, const std::string& target, const std::string& body,
             std::vector<HeaderField> headers = {}, const std::string& type = "auth-policy") {
  headers.push_back({"Content-Type", "application/" + type + "+xml"});
  return store.answer(request("PUT", target, body, std::move(headers)), kUser);
}

Response get(XcapStore& store, const std::string& target) {
  return store.answer(request("GET", target), kUser);
}

std::string etag(const Response& response) {
  const auto* value = find_header(response.headers, "ETag");
  return value == nullptr ? std::string() : *value;
}

}  // namespace

TEST_CASE("XCAP paths are read segment by segment", "[XC-2]") {
  const auto path = parse_xcap_path(
      "", "/resource-lists/users/sip%3Auser@home1.net/a%20b/~~/x%5B1%5D?xmlns(p=u)");
  REQUIRE(path);
  CHECK(path->auid == "resource-lists");
  CHECK(path->xui == "sip:user@home1.net");
  CHECK(path->document == std::vector<std::string>{"a b"});
  CHECK(path->node_selector == "x[1]");
  CHECK(path->query == "xmlns(p=u)");
  CHECK(path->document_key() == "resource-lists/users/sip:user@home1.net/a b");
  const auto global = parse_xcap_path("services/xcap", "/services/xcap/xcap-caps/global/index");
  REQUIRE(global);
  CHECK_FALSE(global->xui);
  CHECK(global->document_key() == "xcap-caps/global/index");
}

TEST_CASE("XCAP paths that could mean two things are refused", "[XC-2]") {
  for (const auto* wrong :
       {"", "/", "/a", "/a/users", "/a/users/x", "/a/users/x/", "/a/users//d", "/a/users/../d",
        "/a/users/x/%2e%2e", "/a/users/x%2Fy/d", "/a/users/x/%00", "/a/users/x/%4", "/a/global",
        "/a/other/x/d", "//a/users/x/d", "/a/users/x/d/~~/", "/a/users/x/d?%zz"}) {
    INFO(wrong);
    CHECK_FALSE(parse_xcap_path("", wrong));
  }
  CHECK_FALSE(parse_xcap_path("root", "/a/users/x/d"));
}

TEST_CASE("entity tags are compared strongly", "[XC-2]") {
  const std::optional<std::string> current = "\"a\"";
  CHECK(etag_listed("*", current));
  CHECK(etag_listed("\"a\"", current));
  CHECK(etag_listed("\"b\" , \"a\"", current));
  CHECK_FALSE(etag_listed("\"b\"", current));
  CHECK_FALSE(etag_listed("W/\"a\"", current));
  CHECK_FALSE(etag_listed("a", current));
  CHECK_FALSE(etag_listed("*", std::nullopt));
}

TEST_CASE("documents are kept octet for octet, with an ETag for each version", "[XC-2]") {
  XcapStore store;
  const auto created = put(store, kPath, kDocument);
  CHECK(created.status == 201);
  const auto read = get(store, kPath);
  CHECK(read.status == 200);
  CHECK(read.body == kDocument);
  CHECK(etag(read) == etag(created));
  CHECK(put(store, kPath, kDocument).status == 200);
  CHECK(etag(get(store, kPath)) != etag(created));
  CHECK(store.answer(request("DELETE", kPath), kUser).status == 204);
  CHECK(get(store, kPath).status == 404);
  CHECK(store.answer(request("DELETE", kPath), kUser).status == 404);
}

TEST_CASE("conditional requests change nothing when the condition fails", "[XC-2]") {
  XcapStore store;
  CHECK(put(store, kPath, kDocument, {{"If-Match", "*"}}).status == 412);
  CHECK(store.documents().empty());
  const auto first = put(store, kPath, kDocument, {{"If-None-Match", "*"}});
  CHECK(first.status == 201);
  CHECK(put(store, kPath, "<a/>", {{"If-None-Match", "*"}}).status == 412);
  CHECK(put(store, kPath, "<a/>", {{"If-Match", "\"old\""}}).status == 412);
  CHECK(store.answer(request("DELETE", kPath, {}, {{"If-Match", "\"old\""}}), kUser).status == 412);
  CHECK(get(store, kPath).body == kDocument);
  CHECK(store.answer(request("GET", kPath, {}, {{"If-None-Match", etag(first)}}), kUser).status ==
        304);
  CHECK(store.answer(request("GET", kPath, {}, {{"If-Match", "\"old\""}}), kUser).status == 412);
  CHECK(put(store, kPath, "<a/>", {{"If-Match", "\"old\", " + etag(first)}}).status == 200);
}

TEST_CASE("users write below their own XUI only", "[XC-2]") {
  XcapStore store;
  const std::string other = "/pres-rules/users/sip:other@home1.net/index";
  CHECK(put(store, other, kDocument).status == 403);
  CHECK(get(store, other).status == 403);
  CHECK(put(store, "/pres-rules/users/tel:+15550001/index", kDocument).status == 201);
  CHECK(get(store, "/xcap-caps/global/index").status == 200);
  CHECK(put(store, "/xcap-caps/global/index", "<a/>", {}, "xcap-caps").status == 405);
  CHECK(store.answer(request("POST", kPath), kUser).status == 405);
  CHECK(put(store, "/unknown/users/tel:+15550001/index", "<a/>").status == 404);
}

TEST_CASE("what is no XML of the application usage is not stored", "[XC-2]") {
  XcapStore store;
  for (const auto* wrong : {"", "text", "<a>", "<a/><b/>", "<a></b>", "<!-- only -->"}) {
    INFO(wrong);
    const auto refused = put(store, kPath, wrong);
    CHECK(refused.status == 409);
    CHECK(refused.body.find("<not-well-formed ") != std::string::npos);
  }
  for (const auto* wrong : {"<a>\xff</a>", "<a>\xc0\x80</a>", "<a>\xed\xa0\x80</a>", "<a>\xe2\x82",
                            "<a>\xf4\x90\x80\x80</a>"}) {
    CHECK(put(store, kPath, wrong).body.find("<not-utf-8 ") != std::string::npos);
  }
  CHECK(put(store, kPath, "<a/>", {}, "other").status == 415);
  CHECK(put(store, kPath + "/deeper", "<a/>").body.find("<no-parent ") != std::string::npos);
  CHECK(put(store, kPath + "/~~/ruleset", "<a/>", {}, "xcap-el").status == 409);
  CHECK(store.documents().empty());
}

TEST_CASE("elements and attributes are read by their selectors", "[XC-2]") {
  const auto element = [](std::string_view selector, std::string_view query = {}) {
    const auto node = read_node(kDocument, selector, query);
    return node ? node->text : "status " + std::to_string(node.error().status);
  };
  CHECK(element("ruleset/rule[1]") ==
        "<rule id=\"1\" note='a > b'><b:x/><!-- </rule> --><![CDATA[</rule>]]></rule>");
  CHECK(element("ruleset/rule[@id=\"2\"]") == "<rule id=\"2\"/>");
  CHECK(element("ruleset/rule[2]") == "<rule id=\"2\"/>");
  CHECK(element("ruleset/rule[1][@id='1']/@note") == "a > b");
  CHECK(element("ruleset/q:rule", "xmlns(q=urn:b)") == "<b:rule id=\"3\">t</b:rule>");
  CHECK(element("ruleset/*[3]/@id") == "3");
  CHECK(element("ruleset/rule") == "status 404");
  CHECK(element("ruleset/rule[1][@id=\"2\"]") == "status 404");
  CHECK(element("ruleset/rule[3]") == "status 404");
  CHECK(element("ruleset/rule[1]/@none") == "status 404");
  CHECK(element("ruleset/q:rule") == "status 404");
  for (const auto* wrong : {"", "@id", "ruleset//rule", "ruleset/rule[", "ruleset/rule[0]",
                            "ruleset/rule[@id]", "ruleset/rule[@id=\"1]", "ruleset/rule[1]x"}) {
    INFO(wrong);
    CHECK(element(wrong) == "status 400");
  }
  CHECK(element("ruleset", "xmlns(q") == "status 400");
}

TEST_CASE("writing a node leaves every other octet as it was", "[XC-2]") {
  XcapStore store;
  put(store, kPath, kDocument);
  const auto node = [&](const std::string& selector) { return kPath + "/~~/" + selector; };
  const std::string two = "<rule id=\"2\"/>";
  const std::string changed = "<rule id=\"2\"><b:y/></rule>";
  CHECK(put(store, node("ruleset/rule%5B@id=%222%22%5D"), changed, {}, "xcap-el").status == 200);
  auto expected = kDocument;
  expected.replace(expected.find(two), two.size(), changed);
  CHECK(get(store, kPath).body == expected);

  const std::string four = "<rule id=\"4\"/>";
  CHECK(put(store, node("ruleset/rule%5B@id=%224%22%5D"), four, {}, "xcap-el").status == 201);
  expected.insert(expected.rfind("</ruleset>"), four);
  CHECK(get(store, kPath).body == expected);

  CHECK(put(store, node("ruleset/rule%5B3%5D/@note"), "n", {}, "xcap-att").status == 201);
  expected.replace(expected.find(four), four.size(), "<rule id=\"4\" note=\"n\"/>");
  CHECK(get(store, kPath).body == expected);
  CHECK(store.answer(request("DELETE", node("ruleset/rule%5B3%5D/@note")), kUser).status == 200);
  CHECK(put(store, node("ruleset/rule%5B3%5D/deep"), "<deep/>", {}, "xcap-el").status == 201);
  expected.replace(expected.find("<rule id=\"4\""),
                   std::string("<rule id=\"4\" note=\"n\"/>").size(),
                   "<rule id=\"4\"><deep/></rule>");
  CHECK(get(store, kPath).body == expected);
}

TEST_CASE("a node that would not be found again is not written", "[XC-2]") {
  XcapStore store;
  put(store, kPath, kDocument);
  const auto refused = [&](const std::string& selector, const std::string& body,
                           std::string_view condition, const std::string& type = "xcap-el") {
    const auto response = put(store, kPath + "/~~/" + selector, body, {}, type);
    return response.status == 409 &&
           response.body.find("<" + std::string(condition) + " ") != std::string::npos;
  };
  CHECK(refused("ruleset/rule%5B@id=%229%22%5D", "<rule id=\"8\"/>", "cannot-insert"));
  CHECK(refused("ruleset/rule%5B7%5D", "<rule id=\"7\"/>", "cannot-insert"));
  CHECK(refused("ruleset/none/rule", "<rule/>", "no-parent"));
  CHECK(refused("ruleset/rule%5B1%5D", "<rule>", "not-xml-frag"));
  CHECK(refused("ruleset/rule%5B1%5D", "<rule>\xff</rule>", "not-utf-8"));
  CHECK(refused("ruleset/rule%5B1%5D/@id", "a<b", "not-xml-att-value", "xcap-att"));
  CHECK(refused("ruleset/none/@id", "1", "no-parent", "xcap-att"));
  CHECK(put(store, kPath + "/~~/ruleset", "<a/>", {}, "auth-policy").status == 415);
  // The second rule would move to where the selector points.
  CHECK(store.answer(request("DELETE", kPath + "/~~/ruleset/rule%5B1%5D"), kUser).status == 409);
  CHECK(get(store, kPath).body == kDocument);
}
