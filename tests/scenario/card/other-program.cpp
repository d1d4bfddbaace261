// Another program that uses the card, for the scenarios: straight on PC/SC, and not polite.
//   other-program READER disturb COUNT PAUSE_MS
//     resets and powers down, in turns, with and without a transaction; prints how often
//   other-program READER peek MILLISECONDS
//     tries to read EF_IMPI all the time without a PIN; prints how often it tried and could
//   other-program READER share
//     connects, prints "shared" or the PC/SC error
// Exit status: 0 done, 1 PC/SC failed, 2 wrong use, 3 `peek` could read.
#include "base/encoding.h"

#include <winscard.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace ut;
using namespace std::chrono_literals;

class Connection {
 public:
  explicit Connection(const std::string& reader) {
    if (::SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_) !=
        SCARD_S_SUCCESS) {
      return;
    }
    established_ = true;
    code = ::SCardConnect(context_, reader.c_str(), SCARD_SHARE_SHARED,
                          SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol_);
  }
  ~Connection() {
    if (code == SCARD_S_SUCCESS) {
      ::SCardDisconnect(card, leave);
    }
    if (established_) {
      ::SCardReleaseContext(context_);
    }
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::optional<Bytes> send(ByteView command) const {
    std::array<std::uint8_t, 258> answer{};
    DWORD size = answer.size();
    const LONG sent =
        ::SCardTransmit(card, protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1,
                        command.data(), command.size(), nullptr, answer.data(), &size);
    if (sent != SCARD_S_SUCCESS) {
      return std::nullopt;
    }
    return to_bytes(ByteView(answer).first(size));
  }

  LONG code = SCARD_E_NO_SERVICE;
  SCARDHANDLE card = 0;
  DWORD leave = SCARD_LEAVE_CARD;

 private:
  SCARDCONTEXT context_ = 0;
  DWORD protocol_ = 0;
  bool established_ = false;
};

int disturb(const std::string& reader, int count, std::chrono::milliseconds pause) {
  int done = 0;
  for (int i = 0; i < count; ++i) {
    const DWORD how = i % 2 == 0 ? SCARD_RESET_CARD : SCARD_UNPOWER_CARD;
    Connection connection(reader);
    if (connection.code == SCARD_S_SUCCESS) {
      DWORD protocol = 0;
      bool worked = true;
      switch (i / 2 % 3) {
        case 0:  // in the middle of what others do
          worked = ::SCardReconnect(connection.card, SCARD_SHARE_SHARED,
                                    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, how,
                                    &protocol) == SCARD_S_SUCCESS;
          break;
        case 1:  // others have to wait, and find the card changed
          worked = ::SCardBeginTransaction(connection.card) == SCARD_S_SUCCESS;
          std::this_thread::sleep_for(20ms);
          worked = worked && ::SCardEndTransaction(connection.card, how) == SCARD_S_SUCCESS;
          break;
        case 2:
          connection.leave = how;
          break;
      }
      done += worked ? 1 : 0;
    }
    std::this_thread::sleep_for(pause);
  }
  std::cout << done << std::endl;
  return done > 0 ? 0 : 1;
}

int peek(const std::string& reader, std::chrono::milliseconds time) {
  // SELECT the first ISIM by its RID and application code, EF_IMPI, READ BINARY.
  const Bytes select_isim = *from_hex("00a4040c07a0000000871004");
  const Bytes select_impi = *from_hex("00a4000c026f02");
  const Bytes read_binary = *from_hex("00b0000008");
  const auto end = std::chrono::steady_clock::now() + time;
  int tried = 0;
  int read = 0;
  int refused = 0;
  while (std::chrono::steady_clock::now() < end) {
    const Connection connection(reader);
    if (connection.code != SCARD_S_SUCCESS ||
        ::SCardBeginTransaction(connection.card) != SCARD_S_SUCCESS) {
      continue;
    }
    connection.send(select_isim);
    connection.send(select_impi);
    const auto answer = connection.send(read_binary);
    ::SCardEndTransaction(connection.card, SCARD_LEAVE_CARD);
    ++tried;
    if (answer && answer->size() > 2) {
      ++read;
    }
    if (answer && *answer == *from_hex("6982")) {
      ++refused;
    }
  }
  std::cout << "tried " << tried << " refused " << refused << " read " << read << std::endl;
  return read == 0 ? 0 : 3;
}

int share(const std::string& reader) {
  const Connection connection(reader);
  if (connection.code == SCARD_S_SUCCESS) {
    std::cout << "shared" << std::endl;
    return 0;
  }
  std::cout << ::pcsc_stringify_error(connection.code) << std::endl;
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 2 ? argv[2] : "";
  if (verb == "disturb" && argc == 5) {
    return disturb(argv[1], std::atoi(argv[3]), std::chrono::milliseconds(std::atoi(argv[4])));
  }
  if (verb == "peek" && argc == 4) {
    return peek(argv[1], std::chrono::milliseconds(std::atoi(argv[3])));
  }
  if (verb == "share" && argc == 3) {
    return share(argv[1]);
  }
  return 2;
}
