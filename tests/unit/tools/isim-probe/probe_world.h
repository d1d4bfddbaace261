// isim-probe in this process: a reader with a software card, and what comes out.
#pragma once

#include "tests/support/soft_card.h"
#include "tools/isim-probe/run.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace ut::test {

// The transport of another owner, so that one card can be connected to many times.
class Borrowed final : public isim::CardTransport {
 public:
  explicit Borrowed(isim::CardTransport& inner) : inner_(inner) {}
  isim::CardProtocol protocol() const override { return inner_.protocol(); }
  ByteView atr() const override { return inner_.atr(); }
  Result<void> begin() override { return inner_.begin(); }
  Result<void> end(Leave leave) override { return inner_.end(leave); }
  Result<SecretBytes> transmit(ByteView command_apdu) override {
    return inner_.transmit(command_apdu);
  }
  Result<void> reset() override { return inner_.reset(); }

 private:
  isim::CardTransport& inner_;
};

// Shows its pictures one after the other; then it is cancelled.
class ScriptedWatch final : public isim::ReaderWatch {
 public:
  explicit ScriptedWatch(std::vector<isim::ReaderPicture> pictures)
      : pictures_(std::move(pictures)) {}
  Result<isim::ReaderPicture> wait(const isim::ReaderPicture&, std::chrono::milliseconds) override {
    if (at_ == pictures_.size()) {
      return fail(ErrorCode::shutting_down, "scripted watch");
    }
    return pictures_[at_++];
  }
  void nudge() override {}
  void cancel() override { at_ = pictures_.size(); }

 private:
  std::vector<isim::ReaderPicture> pictures_;
  std::size_t at_ = 0;
};

struct ProbeWorld {
  explicit ProbeWorld(isim::CardTransport& card) {
    pictures = {{true, {{.name = "Soft", .card = true, .atr = to_bytes(card.atr())}}}};
    world.watch = [this](const std::vector<std::string>&) {
      return std::make_unique<ScriptedWatch>(pictures);
    };
    world.connect = [&card](const std::string&) -> Result<std::unique_ptr<isim::CardTransport>> {
      return std::make_unique<Borrowed>(card);
    };
    world.out = [this](ByteView octets) { out += as_text(octets); };
    world.err = [this](std::string_view text) { err += text; };
    world.in = -1;
  }
  ProbeWorld(const ProbeWorld&) = delete;
  ProbeWorld& operator=(const ProbeWorld&) = delete;

  // The exit status; `out` and `err` are those of this run.
  int run(std::vector<std::string> arguments) {
    out.clear();
    err.clear();
    return probe::run(std::move(arguments), world);
  }
  nlohmann::json json() const { return nlohmann::json::parse(out); }

  std::vector<isim::ReaderPicture> pictures{};
  probe::World world{};
  std::string out{};
  std::string err{};
};

// A directory of its own with private files.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "ut-probe-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return path_ / name; }
  // With mode 0600; its path.
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    std::filesystem::permissions(
        path_ / name, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace ut::test
