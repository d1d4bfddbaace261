// Resource lists, templates, and what a server says of itself.
#include "tests/support/catch.h"
#include "tools/utctl/documents/presence_rules.h"
#include "tools/utctl/documents/resource_lists.h"
#include "tools/utctl/documents/server_documents.h"
#include "tools/utctl/documents/templates.h"

#include <string>

using namespace ut::utctl;

namespace {

constexpr const char* kBob = "sip:bob@home1.net";

std::string lists(std::string_view inside) {
  return "<rl:resource-lists xmlns:rl=\"urn:ietf:params:xml:ns:resource-lists\">" +
         std::string(inside) + "</rl:resource-lists>";
}

}  // namespace

TEST_CASE("an entry is added to a list once, and taken off again", "[XC-2]") {
  const std::string_view initial = template_for("resource-lists")->text;
  const auto added = with_entry(initial, "friends", kBob);
  REQUIRE(added);
  CHECK(added->changed);
  const auto all = resource_lists(added->text);
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  CHECK(all->front().name == "friends");
  CHECK(all->front().display_name == "Friends");
  CHECK(all->front().entries == std::vector<std::string>{kBob});
  CHECK_FALSE(with_entry(added->text, "friends", kBob)->changed);

  const auto removed = without_entry(added->text, "friends", kBob);
  REQUIRE(removed);
  CHECK(removed->changed);
  CHECK(resource_lists(removed->text)->front().entries.empty());
  CHECK_FALSE(without_entry(removed->text, "friends", kBob)->changed);
}

TEST_CASE("lists that are not there are made at the top, inside of others told", "[XC-2]") {
  const auto made = with_entry(lists(""), "work", kBob);
  REQUIRE(made);
  CHECK(made->text.contains("<rl:list name=\"work\">"));
  CHECK(made->text.contains("<rl:entry uri=\"sip:bob@home1.net\"/>"));
  CHECK(with_entry(lists(""), "work/team", kBob).error() == "there is no list \"work/team\"");
  CHECK(without_entry(lists(""), "work", kBob).error() == "there is no list \"work\"");

  const auto nested = lists(
      "<rl:list name=\"work\"><rl:list name=\"team\"><rl:entry uri=\"sip:BOB@x\"/>"
      "<rl:external anchor=\"http://x/y\"/><rl:entry-ref ref=\"a/b\"/></rl:list></rl:list>");
  const auto inner = with_entry(nested, "work/team", kBob);
  REQUIRE(inner);
  const auto all = resource_lists(inner->text);
  REQUIRE(all->size() == 2);
  CHECK((*all)[1].name == "work/team");
  CHECK((*all)[1].entries == std::vector<std::string>{"sip:BOB@x", kBob});
  CHECK((*all)[1].elsewhere == std::vector<std::string>{"http://x/y", "a/b"});
  CHECK((*all)[0].entries.empty());
}

TEST_CASE(
    "documents that are no resource lists, or in which lists cannot be told apart, are refused",
    "[XC-2]") {
  CHECK(resource_lists("<a/>").error().contains("it holds no resource lists"));
  CHECK(with_entry("<a/>", "l", kBob).error().contains("it holds no resource lists"));
  CHECK(without_entry("<a", "l", kBob).error().contains("not well-formed"));
  const auto twice = lists("<rl:list name=\"l\"/><rl:list name=\"l\"/>");
  CHECK(with_entry(twice, "l", kBob).error().contains("two lists with the name \"l\""));
  CHECK(without_entry(twice, "l", kBob).error().contains("two lists"));
}

TEST_CASE("templates are what their names say", "[XC-2]") {
  CHECK(presence_rules(template_for("pres-rules")->text)->empty());
  const auto oma = presence_rules(template_for("org.openmobilealliance.pres-rules")->text);
  REQUIRE(oma);
  CHECK(oma->size() == 2);
  CHECK(resource_lists(template_for("resource-lists")->text)->size() == 1);
  CHECK(template_for("simservs") == nullptr);
  CHECK(names_its_user(*template_for("rls-services")));
  CHECK_FALSE(names_its_user(*template_for("pres-rules")));
  const auto services = filled(*template_for("rls-services"), "sip:a&b@x", "http://xcap.x/");
  CHECK(services.contains("uri=\"sip:a&amp;b@x;pres-list=friends\""));
  CHECK(services.contains(">http://xcap.x/resource-lists/users/sip:a&amp;b@x/index/~~/"));
  CHECK(XmlDocument::parse(services).has_value());
}

TEST_CASE("the capabilities of a server are read", "[XC-1]") {
  const auto caps = xcap_caps(
      "<c:xcap-caps xmlns:c=\"urn:ietf:params:xml:ns:xcap-caps\"><c:auids><c:auid> pres-rules "
      "</c:auid>"
      "<c:auid>xcap-caps</c:auid></c:auids><c:extensions><c:extension>x</c:extension></"
      "c:extensions>"
      "<c:namespaces><c:namespace>urn:y</c:namespace></c:namespaces></c:xcap-caps>");
  REQUIRE(caps);
  CHECK(caps->auids == std::vector<std::string>{"pres-rules", "xcap-caps"});
  CHECK(caps->extensions == std::vector<std::string>{"x"});
  CHECK(caps->namespaces == std::vector<std::string>{"urn:y"});
  CHECK(xcap_caps("<html/>").error().contains("not <xcap-caps>"));
  CHECK(xcap_caps("no XML").error().contains("not well-formed"));
}

TEST_CASE("an XCAP error is told with its meaning and what the server adds", "[XC-2]") {
  const auto error = xcap_error(
      "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><uniqueness-failure "
      "phrase=\"twice\">"
      "<exists field=\"rls-services/service/@uri\"><alt-value>sip:x@y</alt-value></exists>"
      "</uniqueness-failure></xcap-error>");
  REQUIRE(error);
  CHECK(error->element == "uniqueness-failure");
  CHECK(error->meaning.contains("unique"));
  CHECK(error->phrase == "twice");
  REQUIRE(error->details.size() == 1);
  CHECK(error->details[0].starts_with("exists field=\"rls-services/service/@uri\""));
  const auto strange = xcap_error(
      "<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"><odd>text</odd></xcap-error>");
  REQUIRE(strange);
  CHECK(strange->meaning == "this error is not of RFC 4825");
  CHECK(strange->details == std::vector<std::string>{"text"});
  CHECK_FALSE(xcap_error("<xcap-error xmlns=\"urn:ietf:params:xml:ns:xcap-error\"/>"));
  CHECK_FALSE(xcap_error("<xcap-error/>"));
  CHECK_FALSE(xcap_error("{}"));
}
