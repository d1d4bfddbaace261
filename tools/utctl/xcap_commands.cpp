#include "tools/utctl/xcap_commands.h"

#include "base/file_descriptor.h"
#include "tools/utctl/documents/server_documents.h"
#include "tools/utctl/documents/templates.h"
#include "tools/utctl/progress_line.h"
#include "tools/utctl/refusal.h"
#include "tools/utctl/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

namespace ut::utctl {
namespace {

using Json = nlohmann::ordered_json;

// A value of If-Match, as it is or as --etag-file keeps it.
Result<std::string> wanted_etag(const std::string& given, const std::string& file) {
  std::string etag = given;
  if (etag.empty() && !file.empty()) {
    TRY(etag, read_whole_file(file, 1024));
    etag.resize(std::min(etag.find_first_of("\r\n"), etag.size()));
  }
  for (const char c : etag) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return fail(ErrorCode::input_malformed, "--if-match", "an ETag has no control characters");
    }
  }
  if (etag.empty() && !file.empty()) {
    return fail(ErrorCode::input_malformed, "--etag-file", file + " is empty");
  }
  // What a shell took the quotes off is meant as it was.
  const bool bare = !etag.empty() && etag != "*" && !etag.contains('"');
  return bare ? "\"" + etag + "\"" : etag;
}

// After what was asked for has been done, whatever becomes of the file.
void keep_etag(const std::string& file, const std::string& etag, Answer& answer) {
  if (file.empty()) {
    return;
  }
  if (auto kept = write_whole_file(file, etag + "\n"); !kept) {
    answer.exit = Exit::failed;
    answer.text += "utctl: done, but the ETag is not kept: " + to_text(kept.error()) + "\n";
    answer.json["etag_file_error"] = to_text(kept.error());
  }
}

UtListener listener_with(std::unique_ptr<ProgressLine>& line, bool progress) {
  UtListener listener;
  if (progress) {
    line = std::make_unique<ProgressLine>(std::cerr);
    listener.progress = [&line](const Transfer& transfer) { line->tell(transfer); };
  }
  return listener;
}

std::string header_lines(const UtAnswer& header) {
  return "ETag: " + header.etag + "\nContent-Type: " + header.content_type + "\n\n";
}

Result<Answer> get_as_json(XcapClient& client, const GetCommand& command, const std::string& uri) {
  std::string text;
  TRY(const UtAnswer got, client.fetch(uri, text));
  if (!is_success(got)) {
    return refusal_of(got, "GET", uri);
  }
  Answer answer;
  answer.json = {{"status", got.status},
                 {"uri", uri},
                 {"etag", got.etag},
                 {"content_type", got.content_type},
                 {"body", text}};
  keep_etag(command.etag_file, got.etag, answer);
  return answer;
}

// The body of a PUT, read as it is sent.
struct Body {
  FileDescriptor owned{};
  int fd = STDIN_FILENO;
  std::optional<std::uint64_t> octets{};
};

Result<Body> open_body(const std::string& file) {
  Body body;
  if (file != "-") {
    body.owned = FileDescriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    const int reason = errno;
    if (!body.owned) {
      return fail(ErrorCode::input_malformed, "read the body",
                  ForeignNumber{ForeignKind::system, reason}, file);
    }
    body.fd = body.owned.get();
  }
  struct stat status{};
  if (::fstat(body.fd, &status) == 0 && S_ISREG(status.st_mode)) {
    const auto at = ::lseek(body.fd, 0, SEEK_CUR);
    body.octets = static_cast<std::uint64_t>(status.st_size - (at > 0 ? at : 0));
    if (*body.octets == 0) {
      return fail(ErrorCode::input_malformed, "read the body",
                  file + " is empty, and no XCAP document is; utctl delete takes one away");
    }
  }
  return body;
}

std::optional<std::size_t> read_some(int fd, char* to, std::size_t room) {
  while (true) {
    const auto count = ::read(fd, to, room);
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) {
      return std::nullopt;
    }
  }
}

Answer done(std::string_view what, const UtAnswer& answer, const std::string& uri) {
  Answer told;
  told.text = std::string(what) + ": " + uri +
              (answer.etag.empty() ? "" : ", ETag " + printable(answer.etag)) + "\n";
  told.json = {{"status", answer.status},
               {"uri", uri},
               {"etag", answer.etag.empty() ? Json(nullptr) : Json(answer.etag)}};
  return told;
}

std::string lines(std::string_view what, const std::vector<std::string>& list) {
  std::string text;
  for (const auto& entry : list) {
    text += std::string(what) + " " + printable(entry) + "\n";
  }
  return text;
}

}  // namespace

Result<Answer> xcap_get(XcapClient& client, const GetCommand& command, Format format,
                        bool progress) {
  TRY(const std::string uri, client.uri(command.address));
  if (format == Format::json && command.output.empty()) {
    return get_as_json(client, command, uri);
  }
  std::optional<NewFile> file;
  if (!command.output.empty()) {
    TRY(auto made, NewFile::beside(command.output));
    file.emplace(std::move(made));
  }
  std::unique_ptr<ProgressLine> line;
  UtListener listener = listener_with(line, progress);
  const auto write = [&](std::string_view octets) {
    return file
               ? file->write(octets)
               : std::cout.write(octets.data(), static_cast<std::streamsize>(octets.size())).good();
  };
  listener.header = [&](const UtAnswer& header) {
    if (command.include) {
      (void)write(header_lines(header));
    }
  };
  listener.body = write;
  auto got = client.ask({.method = "GET", .uri = uri}, listener);
  line.reset();
  if (!got) {
    return std::unexpected(std::move(got).error());
  }
  if (!is_success(*got)) {
    return refusal_of(*got, "GET", uri);
  }
  Answer answer;
  if (file) {
    TRY_VOID(file->keep());
    answer = done("kept in " + command.output, *got, uri);
  } else {
    std::cout << std::flush;
    answer.complaint = true;  // beside the body
  }
  keep_etag(command.etag_file, got->etag, answer);
  return answer;
}

Result<Answer> xcap_put(XcapClient& client, const PutCommand& command, bool progress) {
  TRY(const std::string uri, client.uri(command.address));
  const auto type = command.content_type.empty() ? media_type_of(uri)
                                                 : std::optional<std::string>(command.content_type);
  if (!type || type->find_first_of("\r\n") != std::string::npos) {
    return fail(ErrorCode::input_malformed, "--content-type",
                "the application usage is not known here: name the media type of its documents");
  }
  TRY(const std::string etag,
      wanted_etag(command.if_match, command.create ? std::string() : command.etag_file));
  TRY(const Body body, open_body(command.file));
  UtRequest request{.method = "PUT", .uri = uri};
  request.headers = {"Content-Type: " + *type};
  if (command.create) {
    request.headers.emplace_back("If-None-Match: *");
  } else if (!etag.empty()) {
    request.headers.push_back("If-Match: " + etag);
  }
  request.body_octets = body.octets;
  request.body = [fd = body.fd](char* to, std::size_t room) { return read_some(fd, to, room); };
  std::unique_ptr<ProgressLine> line;
  const UtListener listener = listener_with(line, progress);
  auto put = client.ask(std::move(request), listener);
  line.reset();
  if (!put) {
    return std::unexpected(std::move(put).error());
  }
  if (put->status == 412 && command.create) {
    return complaint(Exit::other_version,
                     uri + " is there already; without --create it is replaced");
  }
  if (!is_success(*put)) {
    return refusal_of(*put, "PUT", uri);
  }
  Answer answer = done(put->status == 201 ? "created" : "replaced", *put, uri);
  keep_etag(command.etag_file, put->etag, answer);
  return answer;
}

Result<Answer> xcap_delete(XcapClient& client, const DeleteCommand& command) {
  TRY(const std::string uri, client.uri(command.address));
  TRY(const std::string etag, wanted_etag(command.if_match, command.etag_file));
  UtRequest request{.method = "DELETE", .uri = uri};
  if (!etag.empty()) {
    request.headers.push_back("If-Match: " + etag);
  }
  TRY(const UtAnswer deleted, client.ask(std::move(request), {}));
  return is_success(deleted) ? done("deleted", deleted, uri) : refusal_of(deleted, "DELETE", uri);
}

Result<Answer> xcap_capabilities(XcapClient& client) {
  TRY(const std::string uri, client.uri("xcap-caps/global/index"));
  std::string text;
  TRY(const UtAnswer got, client.fetch(uri, text));
  if (!is_success(got)) {
    return refusal_of(got, "GET", uri);
  }
  const auto caps = xcap_caps(text);
  if (!caps) {
    return complaint(Exit::refused, uri + " is no xcap-caps document: " + caps.error());
  }
  Answer answer;
  answer.text = lines("AUID", caps->auids) + lines("extension", caps->extensions) +
                lines("namespace", caps->namespaces);
  answer.json = {{"uri", uri},
                 {"auids", caps->auids},
                 {"extensions", caps->extensions},
                 {"namespaces", caps->namespaces}};
  return answer;
}

Result<Answer> xcap_template(XcapClient& client, const std::string& auid) {
  const auto* const document = template_for(auid);
  if (document == nullptr) {
    std::string known;
    for (const auto& one : templates()) {
      known += (known.empty() ? "" : ", ") + std::string(one.auid);
    }
    return fail(ErrorCode::input_malformed, "template",
                "there is none for \"" + auid + "\", but for " + known);
  }
  XcapHome home;
  if (names_its_user(*document)) {
    TRY(home, client.home());
  }
  Answer answer;
  answer.text = filled(*document, home.xui, home.root);
  answer.json = {{"auid", document->auid}, {"document", document->document}, {"body", answer.text}};
  return answer;
}

}  // namespace ut::utctl
