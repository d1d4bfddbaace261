#include "tools/utctl/documents/presence_rules.h"

#include "tests/support/catch.h"
#include "tools/utctl/documents/templates.h"

#include <string>

using namespace ut::utctl;

namespace {

constexpr const char* kBob = "sip:bob@home1.net";

// A ruleset in prefixes of its own, around `rules`.
std::string ruleset(std::string_view rules) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<ruleset xmlns=\"urn:ietf:params:xml:ns:common-policy\" "
         "xmlns:p=\"urn:ietf:params:xml:ns:pres-rules\">" +
         std::string(rules) + "</ruleset>\n";
}

std::string rule(std::string_view id, std::string_view handling, std::string_view identity) {
  return "<rule id=\"" + std::string(id) + "\"><conditions><identity>" + std::string(identity) +
         "</identity></conditions><actions><p:sub-handling>" + std::string(handling) +
         "</p:sub-handling></actions></rule>";
}

RulesChange change(std::string_view text, std::optional<SubHandling> handling,
                   std::string_view watcher = kBob) {
  auto changed = with_watcher(text, watcher, handling);
  if (!changed) {
    FAIL(changed.error());
  }
  return *std::move(changed);
}

std::vector<PresenceRule> rules_of(std::string_view text) {
  auto rules = presence_rules(text);
  if (!rules) {
    FAIL(rules.error());
  }
  return *std::move(rules);
}

std::string error_of(std::string_view text) {
  const auto changed = with_watcher(text, kBob, SubHandling::allow);
  const auto listed = presence_rules(text);
  CHECK(changed.has_value() == listed.has_value());
  return changed ? "" : changed.error();
}

}  // namespace

TEST_CASE("a watcher is allowed in a document that names nobody yet", "[XC-2]") {
  const auto made = change(template_for("pres-rules")->text, SubHandling::allow);
  CHECK(made.changed);
  CHECK(made.notes.empty());
  const auto rules = rules_of(made.text);
  REQUIRE(rules.size() == 1);
  CHECK(rules[0].id == "ut-allow");
  CHECK(rules[0].handling == SubHandling::allow);
  CHECK(rules[0].watchers == std::vector<std::string>{kBob});
  CHECK(rules[0].conditions.empty());
  // What an allowed watcher sees.
  CHECK(made.text.contains("<pr:provide-all-attributes/>"));
  CHECK(made.text.contains("<pr:all-services/>"));
  // The prefixes are those of the document, and its comments stay.
  CHECK(made.text.contains("<cp:one id=\"sip:bob@home1.net\"/>"));
  CHECK(made.text.contains("<!-- Presence rules (RFC 5025)."));
  CHECK_FALSE(made.text.contains("xmlns:cp1"));
}

TEST_CASE("the same change a second time changes nothing", "[XC-2]") {
  for (const auto handling :
       {SubHandling::allow, SubHandling::polite_block, SubHandling::confirm, SubHandling::block}) {
    const auto once = change(ruleset(""), handling);
    const auto twice = change(once.text, handling);
    CHECK(once.changed);
    CHECK_FALSE(twice.changed);
    CHECK(twice.text == once.text);
  }
  const auto none = change(ruleset(""), std::nullopt);
  CHECK_FALSE(none.changed);
}

TEST_CASE("a watcher moves from one handling to another and is never in two", "[XC-2]") {
  auto text = change(ruleset(""), SubHandling::allow).text;
  text = change(text, SubHandling::allow, "sip:alice@home1.net").text;
  const auto blocked = change(text, SubHandling::block);
  const auto rules = rules_of(blocked.text);
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].watchers == std::vector<std::string>{"sip:alice@home1.net"});
  CHECK(rules[1].handling == SubHandling::block);
  CHECK(rules[1].watchers == std::vector<std::string>{kBob});

  // The last one of a rule takes it away, as a rule for nobody is none.
  const auto last = change(blocked.text, SubHandling::block, "sip:alice@home1.net");
  CHECK(rules_of(last.text).size() == 1);
  REQUIRE(last.notes.size() == 1);
  CHECK(last.notes[0].contains("\"ut-allow\" named nobody else"));
  CHECK(rules_of(change(last.text, std::nullopt).text)[0].watchers ==
        std::vector<std::string>{"sip:alice@home1.net"});
}

TEST_CASE("a watcher in several rules is left in one alone", "[XC-2]") {
  const auto text =
      ruleset(rule("a", "allow", R"(<one id="sip:bob@home1.net"/><one id="sip:x@y"/>)") +
              rule("b", "polite-block", R"(<one id="sip:bob@HOME1.net"/>)") +
              rule("c", "allow", R"(<one id="sip:bob@home1.net"/><one id="sip:z@y"/>)"));
  const auto rules = rules_of(change(text, SubHandling::allow).text);
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].watchers == std::vector<std::string>{"sip:bob@home1.net", "sip:x@y"});
  CHECK(rules[1].watchers == std::vector<std::string>{"sip:z@y"});
}

TEST_CASE("a blocked watcher is excepted from rules that are more generous to his domain",
          "[XC-2]") {
  const auto text = ruleset(rule("home", "allow", R"(<many domain="Home1.net"/>)") +
                            rule("all", "polite-block", "<many/>") +
                            rule("others", "allow", R"(<many domain="home2.net"/>)") +
                            rule("but", "allow", R"(<many><except domain="home1.net"/></many>)") +
                            rule("less", "block", "<many/>"));
  const auto blocked = change(text, SubHandling::block);
  const auto rules = rules_of(blocked.text);
  REQUIRE(rules.size() == 5);
  CHECK(rules[0].excepted == std::vector<std::string>{kBob});
  CHECK(rules[1].excepted == std::vector<std::string>{kBob});
  CHECK(rules[2].excepted.empty());
  CHECK(rules[3].excepted == std::vector<std::string>{"@home1.net"});
  CHECK(rules[4].excepted.empty());
  CHECK(rules[4].domains == std::vector<std::string>{"*"});
  CHECK(blocked.notes.size() == 2);
  CHECK_FALSE(change(blocked.text, SubHandling::block).changed);
  // Named in no rule any more, he is treated like everybody.
  const auto removed = change(blocked.text, std::nullopt);
  for (const auto& one : rules_of(removed.text)) {
    CHECK(std::ranges::find(one.excepted, kBob) == one.excepted.end());
    CHECK(one.watchers.empty());
  }
  // Polite blocking is as much as the second rule gives.
  const auto polite = rules_of(change(text, SubHandling::polite_block).text);
  CHECK(polite[0].excepted == std::vector<std::string>{kBob});
  CHECK(polite[1].excepted.empty());
}

TEST_CASE("a rule with other conditions is for its own case and is not added to", "[XC-2]") {
  const std::string sphere =
      "<rule id=\"work\"><conditions><identity><one id=\"sip:x@y\"/></identity><sphere "
      "value=\"work\"/></conditions><actions><p:sub-handling>allow</p:sub-handling></actions></"
      "rule>";
  const auto rules = rules_of(change(ruleset(sphere), SubHandling::allow).text);
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].conditions == std::vector<std::string>{"sphere"});
  CHECK(rules[0].watchers == std::vector<std::string>{"sip:x@y"});
  CHECK(rules[1].watchers == std::vector<std::string>{kBob});
}

TEST_CASE("a condition that utctl does not know is told, not guessed", "[XC-2]") {
  const std::string listed =
      "<rule id=\"friends\"><conditions><o:external-list xmlns:o=\"urn:oma:xml:xdm:common-policy\">"
      "<o:entry anc=\"http://x/y\"/></o:external-list></conditions><actions>"
      "<p:sub-handling>allow</p:sub-handling></actions></rule>";
  const auto blocked = change(ruleset(listed), SubHandling::block);
  REQUIRE(blocked.notes.size() == 1);
  CHECK(blocked.notes[0].contains("\"friends\" says allow by a condition"));
  CHECK(blocked.text.contains("<o:entry anc=\"http://x/y\"/>"));
  CHECK(change(ruleset(listed), SubHandling::allow).notes.empty());
}

TEST_CASE("what is not known stays octet for octet", "[XC-2]") {
  const std::string extras =
      "\n  <!-- mine & yours --><?pi data?>\n  <x:extra xmlns:x=\"urn:x\" "
      "x:a='1'>\t<![CDATA[<a>]]></x:extra>"
      "\n  <rule "
      "id=\"night\"><conditions><validity><from>2026-01-01T00:00:00Z</"
      "from><until>2027-01-01T00:00:00Z</until>"
      "</validity></conditions></rule>\n";
  const auto made =
      change("\xef\xbb\xbf" + ruleset(extras) + "<!-- end --> \n", SubHandling::confirm);
  CHECK(made.text.contains("\n  <!-- mine & yours --><?pi data?>\n"));
  CHECK(made.text.contains("\t<![CDATA[<a>]]></x:extra>"));
  CHECK(made.text.contains("<until>2027-01-01T00:00:00Z</until></validity></conditions></rule>"));
  CHECK(made.text.starts_with("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ruleset "));
  CHECK(made.text.ends_with("</ruleset><!-- end --> \n"));
}

TEST_CASE("an id that is taken for something else is left to it", "[XC-2]") {
  const auto text = ruleset(rule("ut-block", "allow", R"(<one id="sip:x@y"/>)"));
  const auto rules = rules_of(change(text, SubHandling::block).text);
  REQUIRE(rules.size() == 2);
  CHECK(rules[1].id == "ut-block-2");
  CHECK(rules[0].watchers == std::vector<std::string>{"sip:x@y"});
}

TEST_CASE("prefixes of the document may be any, also those that utctl would take", "[XC-2]") {
  const std::string text =
      "<r:ruleset xmlns:r=\"urn:ietf:params:xml:ns:common-policy\" xmlns:pr=\"urn:other\"/>";
  const auto made = change(text, SubHandling::polite_block).text;
  CHECK(made.contains("<r:one id=\"sip:bob@home1.net\"/>"));
  CHECK(made.contains(
      "<pr1:sub-handling xmlns:pr1=\"urn:ietf:params:xml:ns:pres-rules\">polite-block<"));
  CHECK(rules_of(made)[0].handling == SubHandling::polite_block);
  // A rule of another namespace is none.
  const auto other =
      ruleset("<rule xmlns=\"urn:other\" id=\"a\"/><rule xmlns=\"urn:other\" id=\"a\"/>");
  CHECK(rules_of(other).empty());
}

TEST_CASE("a watcher's identity is text wherever it stands", "[XC-2]") {
  const std::string odd = "sip:a&b@home1.net";
  const auto made = change(ruleset(""), SubHandling::allow, odd);
  CHECK(made.text.contains("id=\"sip:a&amp;b@home1.net\""));
  CHECK(rules_of(made.text)[0].watchers == std::vector<std::string>{odd});
}

TEST_CASE("a document that is something else is refused with the reason", "[XC-2]") {
  CHECK(error_of("").contains("not well-formed"));
  CHECK(error_of(ruleset("<rule id=\"a\">")).contains("line 2 is not well-formed"));
  CHECK(error_of("<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\"/>")
            .contains("it holds no presence rules"));
  CHECK(error_of("<ruleset/>").contains("it holds no presence rules"));
  CHECK(error_of("<cp:ruleset/>").contains("prefix of <cp:ruleset> is not declared"));
  CHECK(error_of(ruleset("<q:rule id=\"a\"/>")).contains("prefix of <q:rule> is not declared"));
  CHECK(error_of("<!DOCTYPE ruleset [<!ENTITY a \"b\">]>" + ruleset("").substr(39))
            .contains("document type definition"));
  CHECK(error_of(ruleset("<rule id=\"a\"/><rule id=\"a\"/>"))
            .contains("two rules with the id \"a\""));
  CHECK(error_of(ruleset("<rule/>")).contains("a rule without id"));
  CHECK(error_of(ruleset(rule("m", "allow", "<many><one id=\"sip:a@b\"/></many>")))
            .contains("rule \"m\" has <one> inside of <many>"));
  CHECK(error_of(ruleset(rule("m", "allow", "<one/>"))).contains("<one> without id"));
  CHECK(
      error_of("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>").contains("another encoding"));
  CHECK(error_of(ruleset("") + "<a/>").contains("one document element, and has 2"));
  CHECK(error_of(ruleset(std::string(kLargestDocument, ' '))).contains("larger than"));
}

TEST_CASE("a document of any depth is looked through without recursion", "[XC-2]") {
  std::string deep;
  for (int i = 0; i < 50000; ++i) {
    deep += "<x>";
  }
  for (int i = 0; i < 50000; ++i) {
    deep += "</x>";
  }
  CHECK(change(ruleset(deep), SubHandling::allow).changed);
}

TEST_CASE("handlings have the names and the order of RFC 5025", "[XC-2]") {
  CHECK(sub_handling_named("polite-block") == SubHandling::polite_block);
  CHECK(sub_handling_named("none") == std::nullopt);
  CHECK(to_text(SubHandling::confirm) == "confirm");
  CHECK(SubHandling::block < SubHandling::confirm);
  CHECK(SubHandling::confirm < SubHandling::polite_block);
  CHECK(SubHandling::polite_block < SubHandling::allow);
  const auto rules = rules_of(ruleset(rule("a", "odd", "<many/>") + "<rule id=\"b\"/>"));
  CHECK(rules[0].handling == std::nullopt);
  CHECK(rules[1].handling == std::nullopt);
}
