#include "agent/daemon/sandbox.h"

#include "agent/daemon/landlock.h"
#include "agent/daemon/sandbox_needs.h"
#include "agent/daemon/system_calls.h"
#include "tests/support/catch.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

using namespace ut;
using namespace ut::daemon;

namespace {

struct Folder {
  Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path = std::filesystem::temp_directory_path() / "ut-sandbox-XXXXXX";
};

// What `body` gives (0 to 99) in a process of its own, as there is no way out of a sandbox.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

int errno_of(long result) {
  return result < 0 ? errno : 0;
}

constexpr int kNotThere = 99;

// errno of `attempt` behind the filter of system calls.
int filtered(const std::function<long()>& attempt) {
  return in_child([&] {
    const auto entered = filter_system_calls();
    return entered && *entered ? errno_of(attempt()) : kNotThere;
  });
}

// errno of `attempt` with Landlock.
int landlocked(const SandboxNeeds& needs, const std::function<long()>& attempt) {
  return in_child([&] {
    const auto entered = enter_landlock(needs);
    return entered && *entered ? errno_of(attempt()) : kNotThere;
  });
}

long open_for(const std::string& path, int flags) {
  return ::open(path.c_str(), flags, 0600);
}

long listen_on(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in at{.sin_family = AF_INET,
                       .sin_port = htons(port),
                       .sin_addr = {htonl(INADDR_LOOPBACK)},
                       .sin_zero = {}};
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at);
}

}  // namespace

TEST_CASE("behind the filter no program is started and no process looked into", "[API-6]") {
  CHECK(filtered([] {
          std::array<char*, 1> none{};
          return ::execve("/bin/true", none.data(), none.data());
        }) == EPERM);
  CHECK(filtered([] { return ::syscall(SYS_fork); }) == EPERM);
  CHECK(filtered([] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }) == EPERM);
  CHECK(filtered([] {
          return ::syscall(SYS_process_vm_readv, ::getppid(), nullptr, 0, nullptr, 0, 0);
        }) == EPERM);
  CHECK(filtered([] { return ::kill(::getppid(), 0); }) == EPERM);
  CHECK(filtered([] { return ::mkdir("/tmp/ut-sandbox-never", 0700); }) == EPERM);
  CHECK(filtered([] { return ::syscall(SYS_bpf, 0, nullptr, 0); }) == EPERM);
  CHECK(filtered([] { return ::syscall(SYS_unshare, 0x10000000); }) == EPERM);
}

TEST_CASE("behind the filter there are four kinds of socket and no higher limits", "[API-6]") {
  CHECK(filtered([] { return ::socket(AF_PACKET, SOCK_RAW, 0); }) == EPERM);
  CHECK(filtered([] { return ::socket(AF_VSOCK, SOCK_STREAM, 0); }) == EPERM);
  for (const int family : {AF_UNIX, AF_INET}) {
    CHECK(filtered([family] { return ::socket(family, SOCK_STREAM, 0); }) == 0);
  }
  CHECK(filtered([] { return ::socket(AF_NETLINK, SOCK_RAW, 0); }) == 0);
  CHECK(filtered([] {
          rlimit limit{};
          return ::getrlimit(RLIMIT_CORE, &limit);
        }) == 0);
  CHECK(filtered([] {
          const rlimit limit{0, 0};
          return ::setrlimit(RLIMIT_CORE, &limit);
        }) == EPERM);
}

TEST_CASE("behind the filter threads start", "[API-6]") {
  CHECK(filtered([] {
          std::thread([] {}).join();
          return 0L;
        }) == 0);
}

TEST_CASE("with Landlock files are read and written where it was said alone", "[API-6]") {
  const Folder mine;
  const Folder other;
  std::ofstream(mine.path + "/file") << "mine";
  std::ofstream(other.path + "/file") << "other";
  const SandboxNeeds reading{.read_paths = {mine.path}};
  const SandboxNeeds writing{.write_paths = {mine.path}};
  CHECK(landlocked(reading, [&] { return open_for(mine.path + "/file", O_RDONLY); }) == 0);
  CHECK(landlocked(reading, [&] { return open_for(mine.path + "/file", O_WRONLY); }) == EACCES);
  CHECK(landlocked(reading, [&] { return open_for(other.path + "/file", O_RDONLY); }) == EACCES);
  CHECK(landlocked(writing, [&] { return open_for(mine.path + "/new", O_WRONLY | O_CREAT); }) == 0);
  CHECK(landlocked(writing, [&] {
          return ::rename((mine.path + "/new").c_str(), (mine.path + "/file").c_str());
        }) == 0);
  CHECK(landlocked(writing, [&] { return open_for(other.path + "/new", O_WRONLY | O_CREAT); }) ==
        EACCES);
  CHECK(landlocked(writing, [] { return open_for("/etc/hosts", O_RDONLY); }) == 0);
  CHECK(landlocked(writing, [] { return open_for("/etc/hosts", O_WRONLY); }) == EACCES);
  CHECK(landlocked(writing, [] {
          std::array<char*, 1> none{};
          return ::execve("/bin/true", none.data(), none.data());
        }) == EACCES);
}

TEST_CASE("with Landlock the agent listens on its own port alone", "[API-1][API-6]") {
  constexpr std::uint16_t kPort = 28055;
  const SandboxNeeds needs{.tcp_ports = {kPort}};
  CHECK(landlocked(needs, [] { return listen_on(kPort); }) == 0);
  CHECK(landlocked(needs, [] { return listen_on(kPort + 1); }) == EACCES);
}

// The agent has no sandbox in a build with AddressSanitizer.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UT_ADDRESS_SANITIZER
#endif
#endif
#if !defined(UT_ADDRESS_SANITIZER)
TEST_CASE("the sandbox is both", "[API-6]") {
  const Folder folder;
  CHECK(in_child([&] {
          if (!enter_sandbox(SandboxMode::required, {.write_paths = {folder.path}})) {
            return kNotThere;
          }
          return errno_of(::mkdir((folder.path + "/new").c_str(), 0700)) == EPERM &&
                         errno_of(open_for("/tmp/ut-sandbox-never", O_WRONLY | O_CREAT)) == EACCES
                     ? 0
                     : 1;
        }) == 0);
}

#endif

TEST_CASE("where the sandbox is required, half of it is not enough", "[API-6]") {
  CHECK(in_child(
            [] { return enter_sandbox(SandboxMode::required, {.landlock = false}) ? 1 : 0; }) == 0);
}

TEST_CASE("the configuration is the sandbox's measure", "[API-6]") {
  auto config = parse_config(R"(
[card]
pin_file = "/secret/pin"
pin_latch_file = "/state/latch"
[tls]
ca_file = "/trust/ca.pem"
crl_file = "/lists/crls.pem"
[sandbox]
mode = "required"
read_paths = ["/more"]
write_paths = ["/token"]
[tokens]
file = "/made/tokens"
[[naf]]
name = "xcap.home1.net"
methods = ["certificate"]
client_certificate = "/certificates/ut.pem"
client_key = "pkcs11:token=ut;object=ut?module-path=/modules/token.so"
client_key_pin_file = "/token-pin/pin"
[[socket]]
name = "apps"
path = "/sockets/ut.sock"
[control]
socket = "/owner/control.sock"
[tcp]
port = 8055
)");
  REQUIRE(config.has_value());
  CHECK(config->sandbox.mode == SandboxMode::required);
  config->path = "/settings/ut-agent.toml";
  const auto needs = sandbox_needs(*config);
  for (const char* path : {"/more", "/settings", "/trust", "/lists", "/secret", "/certificates",
                           "/modules", "/token-pin"}) {
    CAPTURE(path);
    CHECK(std::ranges::count(needs.read_paths, path) == 1);
    CHECK(std::ranges::count(needs.write_paths, path) == 0);
  }
  for (const char* path : {"/token", "/state", "/sockets", "/owner", "/made"}) {
    CAPTURE(path);
    CHECK(std::ranges::count(needs.write_paths, path) == 1);
  }
  CHECK(needs.tcp_ports == std::vector<std::uint16_t>{8055});
  CHECK(needs.landlock);
  SECTION("what the service manager made is none of the agent's needs") {
    config->local.unix_sockets.front().inherited = 3;
    config->local.control_socket->inherited = 4;
    config->local.tcp_sockets.front().inherited = 5;
    const auto fewer = sandbox_needs(*config);
    CHECK(std::ranges::count(fewer.write_paths, "/sockets") == 0);
    CHECK(std::ranges::count(fewer.write_paths, "/owner") == 0);
    CHECK(fewer.tcp_ports.empty());
  }
}

TEST_CASE("where executables narrow a grant Landlock would hide them", "[API-2][API-6]") {
  const auto config = parse_config(R"(
[[socket]]
name = "apps"
path = "/sockets/ut.sock"
[[application]]
name = "presence"
users = ["0"]
executables = ["/usr/bin/presence"]
nafs = ["xcap.home1.net"]
)");
  REQUIRE(config.has_value());
  CHECK_FALSE(sandbox_needs(*config).landlock);
}
