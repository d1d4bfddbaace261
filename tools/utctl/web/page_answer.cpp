#include "tools/utctl/web/page_answer.h"

#include <boost/beast/http/status.hpp>

namespace ut::utctl::web {
namespace {

constexpr std::string_view kFixedFields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src "
    "'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n";

constexpr std::string_view kHead =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<link rel=\"icon\" href=\"/icon.svg\">\n<link rel=\"stylesheet\" href=\"/page.css\">\n";

}  // namespace

std::string answer_header(unsigned status, std::string_view type,
                          std::optional<std::size_t> octets) {
  std::string header = "HTTP/1.1 " + std::to_string(status) + " ";
  header += boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  header += "\r\nContent-Type: ";
  header += type;
  header += "\r\n";
  header += kFixedFields;
  header +=
      octets ? "Content-Length: " + std::to_string(*octets) + "\r\n" : "Connection: close\r\n";
  return header;
}

std::string refusal_page(const Refusal& refusal) {
  std::string page(kHead);
  page += "<title>";
  page += refusal.title;
  page += "</title>\n<main class=\"notice\">\n<h1>";
  page += refusal.title;
  page += "</h1>\n<p>";
  page += refusal.advice;
  page += "</p>\n</main>\n";
  return page;
}

std::string forward_page(std::string_view path) {
  std::string page(kHead);
  page += "<meta http-equiv=\"refresh\" content=\"0; url=";
  page += path;
  page += "\">\n<title>ut-agent</title>\n<main class=\"notice\">\n<p><a href=\"";
  page += path;
  page += "\">Open the status page</a></p>\n</main>\n";
  return page;
}

}  // namespace ut::utctl::web
