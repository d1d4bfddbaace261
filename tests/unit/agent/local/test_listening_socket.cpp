#include "agent/local/listening_socket.h"

#include "tests/support/catch.h"

#include <arpa/inet.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

using ut::ErrorCode;
using ut::local::listen_tcp;
using ut::local::listen_unix;
using ut::local::ListeningSocket;
using ut::local::TcpSocketConfig;
using ut::local::UnixSocketConfig;
namespace fs = std::filesystem;

namespace {

class Directory {
 public:
  Directory() : path_(fs::canonical(fs::temp_directory_path()) / "ut-local-XXXXXX") {
    auto text = path_.string();
    REQUIRE(::mkdtemp(text.data()) != nullptr);
    path_ = text;
  }
  ~Directory() { fs::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  fs::path path_;
};

UnixSocketConfig at(const fs::path& path, mode_t mode = 0600) {
  return {.name = "main", .path = path.string(), .mode = mode};
}

bool can_connect(const fs::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

std::string why(const ut::Result<ListeningSocket>& result) {
  return result ? "listens" : result.error().detail;
}

constexpr uid_t kNobody = 65534;

// Whether `holds` does for somebody without any rights, in a process of its own.
template <typename Function>
bool without_rights(Function holds) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::geteuid() != 0 || (::setgroups(0, nullptr) == 0 &&
                                              ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0);
    ::_exit(dropped && holds() ? 0 : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

// From here on chown fails with EPERM, as behind the unit's filter of system calls.
bool refuse_chown() {
  std::array code{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chown, 1, 0),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchownat, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = static_cast<unsigned short>(code.size()), .filter = code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

TEST_CASE("a Unix socket has the mode it was told and goes with its owner", "[API-2]") {
  const Directory directory;
  const auto path = directory.path_ / "ut.sock";
  {
    const auto socket = listen_unix(at(path, 0660));
    REQUIRE(socket);
    struct stat status{};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    CHECK(S_ISSOCK(status.st_mode));
    CHECK((status.st_mode & 07777) == 0660);
    CHECK(can_connect(path));
    CHECK_FALSE(fs::exists(path.string() + ".new"));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a stale socket is replaced, a living one is left alone", "[API-2]") {
  const Directory directory;
  const auto path = directory.path_ / "ut.sock";
  {
    const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(stale);
  }
  const auto first = listen_unix(at(path));
  REQUIRE(first);
  const auto second = listen_unix(at(path));
  CHECK_THAT(why(second), Catch::Contains("another process listens"));
  CHECK(second.error().code == ErrorCode::config_invalid);
  CHECK(can_connect(path));
}

TEST_CASE("a path that was taken over is not removed at the end", "[API-2]") {
  const Directory directory;
  const auto path = directory.path_ / "ut.sock";
  {
    const auto socket = listen_unix(at(path));
    REQUIRE(socket);
    fs::remove(path);
    std::ofstream(path) << "someone else's";
  }
  CHECK(fs::exists(path));
}

TEST_CASE("what is not a socket is never replaced", "[API-2]") {
  const Directory directory;
  const auto path = directory.path_ / "ut.sock";
  std::ofstream(path) << "precious";
  CHECK_THAT(why(listen_unix(at(path))), Catch::Contains("not a socket"));
  CHECK(fs::file_size(path) == 8);
  fs::remove(path);
  fs::create_symlink(directory.path_ / "elsewhere", path);
  CHECK_THAT(why(listen_unix(at(path))), Catch::Contains("not a socket"));
}

TEST_CASE("unsafe directories are refused", "[API-2]") {
  const Directory directory;
  const auto shared = directory.path_ / "shared";
  fs::create_directory(shared);
  REQUIRE(::chmod(shared.c_str(), 01777) == 0);
  CHECK_THAT(why(listen_unix(at(shared / "ut.sock"))), Catch::Contains("others may write"));
  REQUIRE(::chmod(shared.c_str(), 0770) == 0);
  CHECK_THAT(why(listen_unix(at(shared / "ut.sock"))), Catch::Contains("others may write"));
  const auto below = shared / "below";
  fs::create_directory(below);
  CHECK_THAT(why(listen_unix(at(below / "ut.sock"))), Catch::Contains("others may write"));
  REQUIRE(::chmod(shared.c_str(), 0700) == 0);
  CHECK(listen_unix(at(below / "ut.sock")));
  fs::create_directory_symlink(below, directory.path_ / "link");
  CHECK_THAT(why(listen_unix(at(directory.path_ / "link" / "ut.sock"))),
             Catch::Contains("symbolic link"));
  CHECK_THAT(why(listen_unix(at(shared / ".." / "ut.sock"))), Catch::Contains("symbolic link"));
  CHECK_FALSE(listen_unix(at("ut.sock")));
  CHECK_FALSE(listen_unix(at(directory.path_ / "nowhere" / "ut.sock")));
  if (::geteuid() == 0) {
    const auto foreign = directory.path_ / "foreign";
    fs::create_directory(foreign);
    REQUIRE(::chown(foreign.c_str(), kNobody, kNobody) == 0);
    CHECK_THAT(why(listen_unix(at(foreign / "ut.sock"))), Catch::Contains("not a directory of"));
  }
}

TEST_CASE("an unknown group is refused and leaves nothing behind", "[API-2]") {
  const Directory directory;
  auto config = at(directory.path_ / "ut.sock");
  config.group = "no-such-group-here";
  CHECK_THAT(why(listen_unix(config)), Catch::Contains("no group"));
  CHECK(fs::is_empty(directory.path_));
}

TEST_CASE("a group that the agent may not give is refused with what to do", "[API-2]") {
  CHECK(without_rights([] {
    const Directory directory;
    auto config = at(directory.path_ / "ut.sock");
    config.group = "root";
    return why(listen_unix(config)).find("SocketGroup=") != std::string::npos;
  }));
}

TEST_CASE("a socket that is of the group already needs no call that the unit refuses", "[API-2]") {
  CHECK(without_rights([] {
    const Directory directory;
    auto config = at(directory.path_ / "ut.sock", 0660);
    const auto* group = ::getgrgid(::getegid());
    config.group = group != nullptr ? group->gr_name : "";
    return !config.group.empty() && refuse_chown() && why(listen_unix(config)) == "listens";
  }));
}

TEST_CASE("TCP listens on the loopback and nowhere else", "[API-1]") {
  const auto socket = listen_tcp({.address = "127.0.0.1"});
  REQUIRE(socket);
  CHECK(*ut::local::port_of(*socket) != 0);
  for (const char* address : {"0.0.0.0", "::", "127.0.0.2", "192.168.1.1", "localhost", "",
                              "::ffff:127.0.0.1", "127.1"}) {
    INFO(address);
    const auto refused = listen_tcp({.address = address});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::config_invalid);
  }
}

TEST_CASE("a port that is taken is a failure", "[API-1]") {
  const auto first = listen_tcp({.address = "127.0.0.1"});
  REQUIRE(first);
  const auto second = listen_tcp({.address = "127.0.0.1", .port = *ut::local::port_of(*first)});
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::system_call_failed);
}

TEST_CASE("inherited sockets are checked like our own", "[API-1]") {
  const auto bound = [](std::uint32_t address, bool listens) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(address);
    REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    REQUIRE((!listens || ::listen(fd, 1) == 0));
    return fd;
  };
  const int elsewhere = bound(INADDR_LOOPBACK + 1, true);
  const int silent = bound(INADDR_LOOPBACK, false);
  const int good = bound(INADDR_LOOPBACK, true);
  CHECK_FALSE(listen_tcp({.inherited = elsewhere}));
  CHECK_FALSE(listen_tcp({.inherited = silent}));
  CHECK_FALSE(listen_unix({.name = "main", .path = "", .inherited = good}));
  const auto port = *ut::local::port_of(ListeningSocket(::dup(good), ""));
  CHECK_THAT(why(listen_tcp({.port = static_cast<std::uint16_t>(port ^ 1), .inherited = good})),
             Catch::Contains("the .socket unit listens at \"127.0.0.1:" + std::to_string(port)));
  CHECK(listen_tcp({.port = port, .inherited = good}));
  ::close(elsewhere);
  ::close(silent);
}

TEST_CASE("an inherited IPv6 socket is known by address and port", "[API-1]") {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_addr = in6addr_loopback;
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(::listen(fd, 1) == 0);
  const auto port = *ut::local::port_of(ListeningSocket(::dup(fd), ""));
  CHECK_THAT(why(listen_tcp({.address = "127.0.0.1", .port = port, .inherited = fd})),
             Catch::Contains("the .socket unit listens at \"::1:"));
  CHECK(listen_tcp({.address = "::1", .port = port, .inherited = fd}));
}

namespace {

// A socket at `path` with `mode`, as a service manager passes it.
int passed_at(const fs::path& path, mode_t mode, int type = SOCK_STREAM) {
  const int fd = ::socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  REQUIRE((type == SOCK_DGRAM || ::listen(fd, 1) == 0));
  return fd;
}

}  // namespace

TEST_CASE("an inherited Unix socket listens where the configuration says and stays", "[API-2]") {
  const Directory directory;
  const auto path = directory.path_ / "ut.sock";
  auto config = at(path);
  config.inherited = passed_at(path, 0666);
  {
    const auto socket = listen_unix(config);
    REQUIRE(socket);
    CHECK(can_connect(path));
  }
  CHECK(fs::exists(path));
}

TEST_CASE("an inherited Unix socket of another place or kind is refused", "[API-2]") {
  const Directory directory;
  const auto path = directory.path_ / "ut.sock";
  auto config = at(directory.path_ / "other.sock");
  config.inherited = passed_at(path, 0666);
  CHECK_THAT(why(listen_unix(config)), Catch::Contains("the configuration says \"" + config.path));
  ::close(config.inherited);
  auto datagrams = at(directory.path_ / "datagrams.sock");
  datagrams.inherited = passed_at(datagrams.path, 0666, SOCK_DGRAM);
  CHECK_THAT(why(listen_unix(datagrams)), Catch::Contains("not a listening stream socket"));
  ::close(datagrams.inherited);
}

TEST_CASE("an inherited control socket lets nobody but its owner in", "[API-2]") {
  const Directory directory;
  auto config = at(directory.path_ / "control.sock");
  config.name = ut::local::kControlSocketName;
  config.inherited = passed_at(config.path, 0666);
  const auto open_to_all = listen_unix(config);
  REQUIRE_FALSE(open_to_all);
  CHECK(open_to_all.error().code == ErrorCode::config_invalid);
  CHECK_THAT(why(open_to_all), Catch::Contains("SocketMode=0600"));
  REQUIRE(::chmod(config.path.c_str(), 0660) == 0);
  CHECK(listen_unix(config));
}
