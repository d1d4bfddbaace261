#include "tools/utctl/edit_command.h"

#include "base/durable_file.h"
#include "base/file_descriptor.h"
#include "tools/utctl/document_change.h"
#include "tools/utctl/refusal.h"
#include "tools/utctl/run_program.h"
#include "tools/utctl/whole_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

namespace ut::utctl {
namespace {

// Removed with its owner, unless it is kept.
class PrivateFile {
 public:
  static Result<PrivateFile> with(std::string_view text, const std::string& folder) {
    std::string name = (std::filesystem::path(folder) / "utctl-XXXXXX.xml").string();
    const FileDescriptor fd(::mkostemps(name.data(), 4, O_CLOEXEC));
    if (!fd || !write_durably(fd.get(), as_bytes(text))) {
      return fail(ErrorCode::system_call_failed, "make a file to edit",
                  ForeignNumber{ForeignKind::system, errno}, name);
    }
    PrivateFile file;
    file.name_ = std::move(name);
    return file;
  }
  ~PrivateFile() {
    if (!name_.empty()) {
      (void)::unlink(name_.c_str());
    }
  }
  PrivateFile(PrivateFile&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  PrivateFile& operator=(PrivateFile&&) = delete;

  const std::string& name() const { return name_; }
  std::string keep() { return std::exchange(name_, {}); }

 private:
  PrivateFile() = default;
  std::string name_{};
};

std::string usual_folder() {
  for (const char* variable : {"XDG_RUNTIME_DIR", "TMPDIR"}) {
    if (const char* folder = std::getenv(variable); folder != nullptr && *folder == '/') {
      return folder;
    }
  }
  return "/tmp";
}

Answer nothing_sent(const std::string& why) {
  Answer answer;
  answer.text = why + ": nothing was sent\n";
  answer.json = {{"changed", false}, {"text", why}};
  return answer;
}

// With where the user's work is.
Answer kept(Answer answer, PrivateFile& file) {
  const std::string name = file.keep();
  answer.text += "Your text is kept in " + name + "\n";
  answer.json["kept_in"] = name;
  return answer;
}

// Has the user edit until what he made is XML: its text, or an answer that ends the command.
std::expected<std::string, Answer> edited(PrivateFile& file, std::string_view before,
                                          const EditorRound& round) {
  const auto is_unchanged = [&](const Result<std::string>& text) {
    return text && *text == before;
  };
  while (true) {
    const bool fine = round.edit(file.name());
    const auto text = read_whole_file(file.name(), kLargestDocument);
    if (!fine) {
      auto answer = complaint(Exit::failed, "the editor failed: nothing was sent");
      return std::unexpected(is_unchanged(text) ? std::move(answer)
                                                : kept(std::move(answer), file));
    }
    if (is_unchanged(text)) {
      return std::unexpected(nothing_sent("no change"));
    }
    std::string why;
    if (!text) {
      why = to_text(text.error());
    } else if (const auto document = XmlDocument::parse(*text); !document) {
      why = document.error();
    } else {
      return *text;
    }
    if (!round.again(why)) {
      return std::unexpected(kept(complaint(Exit::failed, "it cannot be sent: " + why), file));
    }
  }
}

// Somebody else was faster: what he changed is shown, and the user's text stays.
Answer overtaken(Documents& documents, const std::string& uri, std::string_view before,
                 const EditorRound& round, const std::string& folder, PrivateFile& file) {
  std::string now;
  const auto got = documents.fetch(uri, now);
  if (got && is_success(*got)) {
    const auto old_file = PrivateFile::with(before, folder);
    const auto new_file = PrivateFile::with(now, folder);
    if (old_file && new_file) {
      round.show_changes(old_file->name(), new_file->name());
    }
  }
  auto answer =
      complaint(Exit::other_version,
                "somebody else changed " + uri + " meanwhile, so your change was not taken (412)");
  answer.text += "Edit the document as it is now: utctl edit again\n";
  return kept(std::move(answer), file);
}

}  // namespace

EditorRound usual_round() {
  EditorRound round;
  round.edit = [](const std::string& file) {
    const char* editor = std::getenv("VISUAL");
    editor = editor != nullptr && *editor != '\0' ? editor : std::getenv("EDITOR");
    const std::string command = editor != nullptr && *editor != '\0' ? editor : "vi";
    const auto status =
        run_program({"/bin/sh", "-c", command + " \"$@\"", command, file}, STDOUT_FILENO);
    return status && *status == 0;
  };
  round.again = [](const std::string& why) {
    std::cerr << "utctl: it cannot be sent: " << printable(why) << '\n';
    if (::isatty(STDIN_FILENO) == 0) {
      return false;
    }
    std::cerr << "Edit it again? [Y/n] " << std::flush;
    std::string line;
    return std::getline(std::cin, line) && !line.starts_with('n') && !line.starts_with('N');
  };
  round.show_changes = [](const std::string& before, const std::string& now) {
    std::cerr << "What somebody else changed meanwhile:\n" << std::flush;
    (void)run_program(
        {"diff", "-u", "--label", "as you got it", "--label", "as it is now", before, now},
        STDERR_FILENO);
  };
  return round;
}

Result<Answer> edit_document(Documents& documents, const std::string& uri, std::string_view initial,
                             const EditorRound& round, const std::string& folder) {
  if (uri.contains("/~~/")) {
    return fail(ErrorCode::input_malformed, "edit", "whole documents alone are edited");
  }
  std::string before;
  TRY(const UtAnswer got, documents.fetch(uri, before));
  const bool exists = got.status != 404;
  if ((exists && !is_success(got)) || (!exists && initial.empty())) {
    return refusal_of(got, "GET", uri);
  }
  std::string condition = "If-None-Match: *";
  if (exists) {
    auto match = if_match(got.etag);
    if (!match) {
      return complaint(Exit::failed, uri + " cannot be changed safely: " + match.error());
    }
    condition = "If-Match: " + *std::move(match);
  } else {
    before = initial;
  }
  const std::string place = folder.empty() ? usual_folder() : folder;
  TRY(auto file, PrivateFile::with(before, place));
  auto text = edited(file, before, round);
  if (!text) {
    return std::move(text).error();
  }
  const auto stored = documents.store(uri, *text, condition);
  if (!stored) {
    return kept(complaint(Exit::failed, to_text(stored.error())), file);
  }
  if (stored->status == 412) {
    return overtaken(documents, uri, before, round, place, file);
  }
  if (!is_success(*stored)) {
    return kept(refusal_of(*stored, "PUT", uri), file);
  }
  Answer answer;
  answer.text = std::string(exists ? "changed" : "created") + ": " + uri + "\n";
  answer.json = {{"uri", uri}, {"changed", true}, {"etag", stored->etag}};
  return answer;
}

}  // namespace ut::utctl
