#include "tools/soft-isim/control_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace ut::isim::soft {
namespace {

constexpr std::size_t kLongestLine = 65536;
constexpr std::size_t kMostClients = 16;

std::unexpected<Error> system_failure(std::string_view where, const std::string& path) {
  return fail(ErrorCode::system_call_failed, where, {ForeignKind::system, errno}, path);
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::input_malformed, "control socket",
                path + ": a socket's path has 1 to 107 octets; take a shorter one");
  }
  std::ranges::copy(path, address.sun_path);
  return address;
}

FileDescriptor connected_to(const sockaddr_un& address) {
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  return socket;
}

// Nothing may be at the path but the socket of a process that is gone.
Result<void> make_room(const sockaddr_un& address, const std::string& path) {
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return {};
  }
  if (!S_ISSOCK(found.st_mode)) {
    return fail(ErrorCode::input_malformed, "control socket",
                path + " is there and is no socket; take another path");
  }
  if (connected_to(address)) {
    return fail(ErrorCode::input_malformed, "control socket",
                path + ": another process listens there; end it or take another path");
  }
  if (::unlink(path.c_str()) != 0) {
    return system_failure("remove old control socket", path);
  }
  return {};
}

// False when the peer does not take it all.
bool send_line(int socket, std::string line) {
  line += '\n';
  return ::send(socket, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(line.size());
}

struct Client {
  FileDescriptor socket;
  std::string text{};
};

// Reads what there is and answers the lines in it; false when the client is to be dropped.
bool serve_client(Client& client, const std::function<std::string(std::string_view line)>& answer) {
  std::array<char, 4096> block;
  const auto got = ::recv(client.socket.get(), block.data(), block.size(), MSG_DONTWAIT);
  if (got <= 0) {
    return got < 0 && (errno == EAGAIN || errno == EINTR);
  }
  client.text.append(block.data(), static_cast<std::size_t>(got));
  for (;;) {
    const auto end = client.text.find('\n');
    if (end == std::string::npos) {
      return client.text.size() <= kLongestLine;
    }
    if (!send_line(client.socket.get(), answer(std::string_view(client.text).substr(0, end)))) {
      return false;
    }
    client.text.erase(0, end + 1);
  }
}

}  // namespace

Result<ControlSocket> ControlSocket::listen(const std::string& path) {
  TRY(const auto address, address_of(path));
  TRY_VOID(make_room(address, path));
  FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // With its mode from the start: between bind and a later chmod anybody could connect.
  const auto mask = ::umask(0177);
  const bool bound = listener && ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address),
                                        sizeof address) == 0;
  const int error = errno;
  ::umask(mask);
  errno = error;
  if (!bound || ::listen(listener.get(), kMostClients) != 0) {
    return system_failure("bind control socket", path);
  }
  return ControlSocket(std::move(listener), path);
}

ControlSocket::~ControlSocket() {
  if (listener_) {
    ::unlink(path_.c_str());
  }
}

void ControlSocket::serve(const std::function<std::string(std::string_view line)>& answer,
                          int stop) const {
  std::vector<Client> clients;
  for (;;) {
    std::vector<pollfd> fds{{stop, POLLIN, 0},
                            {clients.size() < kMostClients ? listener_.get() : -1, POLLIN, 0}};
    for (const auto& client : clients) {
      fds.push_back({client.socket.get(), POLLIN, 0});
    }
    if (::poll(fds.data(), fds.size(), -1) < 0) {
      continue;
    }
    if (fds[0].revents != 0) {
      return;
    }
    for (std::size_t i = clients.size(); i-- > 0;) {
      if (fds[i + 2].revents != 0 && !serve_client(clients[i], answer)) {
        clients.erase(clients.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    if (fds[1].revents != 0) {
      FileDescriptor socket(
          ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (socket) {
        clients.push_back({.socket = std::move(socket)});
      }
    }
  }
}

Result<std::string> ask_control(const std::string& path, std::string_view request) {
  constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};
  TRY(const auto address, address_of(path));
  const auto socket = connected_to(address);
  if (!socket) {
    return system_failure("connect to control socket",
                          path + ": no soft-isim listens there; start one with --control");
  }
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (!send_line(socket.get(), std::string(request))) {
    return system_failure("send to control socket", path);
  }
  std::string answer;
  std::array<char, 4096> block;
  while (!answer.ends_with('\n')) {
    const auto got = ::recv(socket.get(), block.data(), block.size(), 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      errno = got == 0 ? ECONNRESET : errno;
      return system_failure("receive from control socket", path);
    }
    answer.append(block.data(), static_cast<std::size_t>(got));
  }
  answer.pop_back();
  return answer;
}

}  // namespace ut::isim::soft
