#include "tools/utctl/web/web_command.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/secret.h"
#include "tools/utctl/ask_agent.h"
#include "tools/utctl/web/link_file.h"
#include "tools/utctl/web/page_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <optional>

namespace ut::utctl {
namespace {

namespace asio = boost::asio;

// The end of the terminal that the command was started from, when it has one: a shell that ends in
// order tells its background jobs nothing.
class Terminal {
 public:
  explicit Terminal(asio::io_context& io) : descriptor_(io) {
    const int fd = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
      descriptor_.assign(fd);
      descriptor_.async_wait(asio::posix::stream_descriptor::wait_error,
                             [&io](const boost::system::error_code& error) {
                               if (!error) {
                                 io.stop();
                               }
                             });
    }
  }

 private:
  asio::posix::stream_descriptor descriptor_;
};

Result<pid_t> start_browser(const std::string& file) {
  std::string program = "xdg-open";
  std::string argument = file;
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t pid = 0;
  if (const int error = ::posix_spawnp(&pid, program.c_str(), nullptr, nullptr, arguments, environ);
      error != 0) {
    return fail(ErrorCode::system_call_failed, "start xdg-open", {ForeignKind::system, error},
                "open the link yourself, without --open");
  }
  return pid;
}

// Notes when the browser's starter has ended, and says so when it failed.
void reap(asio::signal_set& ended, pid_t pid) {
  ended.async_wait([&ended, pid](const boost::system::error_code& error, int) {
    int status = 0;
    if (error) {
      return;
    }
    if (::waitpid(pid, &status, WNOHANG) != pid) {
      reap(ended, pid);
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      std::cerr << "utctl: xdg-open failed; open the link yourself\n";
    }
  });
}

bool print_link(const SecretBytes& link, std::uint16_t port, Format format) {
  if (format == Format::text) {
    std::cerr << "The status page, for one browser. The link works once; Ctrl-C ends the page.\n";
    return write_whole(STDOUT_FILENO, link.expose()) && write_whole(STDOUT_FILENO, as_bytes("\n"));
  }
  return write_whole(STDOUT_FILENO,
                     as_bytes("{\"port\": " + std::to_string(port) + ", \"url\": \"")) &&
         write_whole(STDOUT_FILENO, link.expose()) && write_whole(STDOUT_FILENO, as_bytes("\"}\n"));
}

}  // namespace

Result<Answer> serve_status_page(const std::string& control_socket, const WebCommand& command,
                                 Format format) {
  TRY_VOID(forbid_core_dumps());
  TRY_VOID(get_from_agent(control_socket, "/status"));
  asio::io_context io(1);
  SystemRandom random;
  TRY(const auto server,
      web::PageServer::open(io.get_executor(), command.port, control_socket, random));
  asio::signal_set ends(io, SIGINT, SIGTERM, SIGHUP);
  ends.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  const Terminal terminal(io);
  std::optional<web::LinkFile> file;
  asio::signal_set ended(io, SIGCHLD);
  if (command.open) {
    const auto link = server->link();
    TRY(file, web::LinkFile::make(link.expose()));
    TRY(const pid_t pid, start_browser(file->path()));
    reap(ended, pid);
  }
  server->start([&file] { file.reset(); });
  if (!print_link(server->link(), server->port(), format)) {
    return fail(ErrorCode::system_call_failed, "print the link");
  }
  io.run();
  Answer answer;
  answer.printed = true;
  return answer;
}

}  // namespace ut::utctl
