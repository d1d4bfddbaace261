// The Unix socket on which a running soft-isim takes commands: one line a request, one an answer.
#pragma once

#include "base/file_descriptor.h"
#include "base/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace ut::isim::soft {

// A socket that its owner alone may use (mode 0600), and its file, which goes with the object.
class ControlSocket {
 public:
  // Replaces the file of a process that is gone. input_malformed when the path is too long for a
  // socket, is another file, or another process listens there; system_call_failed.
  static Result<ControlSocket> listen(const std::string& path);
  ~ControlSocket();
  ControlSocket(ControlSocket&&) noexcept = default;
  ControlSocket& operator=(ControlSocket&&) = delete;

  // Answers every line of every client until `stop` is readable. A client that sends a line of more
  // than 64 KiB, or does not take its answer, is dropped.
  void serve(const std::function<std::string(std::string_view line)>& answer, int stop) const;

 private:
  ControlSocket(FileDescriptor listener, std::string path)
      : listener_(std::move(listener)), path_(std::move(path)) {}

  FileDescriptor listener_;
  std::string path_;
};

// Sends one request and waits up to 10 s for the answer. input_malformed for a path that is too
// long, system_call_failed when nobody listens there or no answer comes.
Result<std::string> ask_control(const std::string& path, std::string_view request);

}  // namespace ut::isim::soft
