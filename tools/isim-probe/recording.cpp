#include "tools/isim-probe/recording.h"

#include "base/encoding.h"
#include "tools/isim-probe/observed_transport.h"
#include "tools/isim-probe/private_file.h"

#include <nlohmann/json.hpp>

namespace ut::probe {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "isim-probe-recording";

json json_of(const isim::ReaderPicture& picture) {
  json readers = json::array();
  for (const auto& reader : picture.readers) {
    readers.push_back({{"name", reader.name},
                       {"card", reader.card},
                       {"mute", reader.mute},
                       {"exclusive", reader.exclusive},
                       {"in_use", reader.in_use},
                       {"events", reader.event_counter},
                       {"atr", to_hex(reader.atr)}});
  }
  return {{"service", picture.service}, {"readers", std::move(readers)}};
}

// The detail stays out: it may name what is not to be kept.
void add_error(json& line, const Error& error) {
  line["error"] = name(error.code);
  if (error.foreign.kind == ForeignKind::pcsc) {
    line["number"] = error.foreign.value;
  }
}

class Recorder {
 public:
  explicit Recorder(PrivateFile file) : file_(std::move(file)) {}
  void write(const json& line) {
    file_.write(as_bytes(line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"));
  }

 private:
  PrivateFile file_;
};

class RecordingObserver final : public TransportObserver {
 public:
  RecordingObserver(std::shared_ptr<Recorder> recorder, Keep keep)
      : recorder_(std::move(recorder)), masker_(keep) {}

  void exchanged(ByteView command, const Result<SecretBytes>& answer) override {
    const auto kept = masker_.mask(command, answer ? answer->expose() : ByteView());
    json line = {{"command", to_hex(kept.command.expose())}};
    if (answer) {
      line["answer"] = to_hex(kept.answer.expose());
      line["masked"] = kept.masked;
    } else {
      add_error(line, answer.error());
    }
    recorder_->write(line);
  }
  void called(std::string_view call, const Result<void>& result) override {
    json line = {{"call", call}};
    if (!result) {
      add_error(line, result.error());
    }
    recorder_->write(line);
  }
  void card_was_reset() override { masker_.reset(); }

 private:
  std::shared_ptr<Recorder> recorder_;
  Masker masker_;
};

class RecordingWatch final : public isim::ReaderWatch {
 public:
  RecordingWatch(std::unique_ptr<isim::ReaderWatch> inner, std::shared_ptr<Recorder> recorder)
      : inner_(std::move(inner)), recorder_(std::move(recorder)) {}
  Result<isim::ReaderPicture> wait(const isim::ReaderPicture& known,
                                   std::chrono::milliseconds limit) override {
    auto picture = inner_->wait(known, limit);
    if (picture) {
      recorder_->write({{"picture", json_of(*picture)}});
    }
    return picture;
  }
  void nudge() override { inner_->nudge(); }
  void cancel() override { inner_->cancel(); }

 private:
  std::unique_ptr<isim::ReaderWatch> inner_;
  std::shared_ptr<Recorder> recorder_;
};

}  // namespace

Result<World> recorded(World& inner, const std::string& path, Keep keep) {
  TRY(PrivateFile file, PrivateFile::create(path));
  const auto recorder = std::make_shared<Recorder>(std::move(file));
  recorder->write({{"format", kFormat},
                   {"version", 1},
                   {"kept", keep == Keep::identities ? "identities" : "harmless"}});
  World world = inner;
  world.watch = [&inner, recorder](const std::vector<std::string>& patterns) {
    return std::make_unique<RecordingWatch>(inner.watch(patterns), recorder);
  };
  world.connect = observed(
      inner.connect,
      [recorder, keep](const std::string& reader,
                       const Result<std::unique_ptr<isim::CardTransport>>& connection)
          -> std::unique_ptr<TransportObserver> {
        json line = {{"connect", reader}};
        if (!connection) {
          add_error(line, connection.error());
          recorder->write(line);
          return nullptr;
        }
        line["protocol"] = (*connection)->protocol() == isim::CardProtocol::t0 ? "T=0" : "T=1";
        line["atr"] = to_hex((*connection)->atr());
        recorder->write(line);
        return std::make_unique<RecordingObserver>(recorder, keep);
      });
  return world;
}

}  // namespace ut::probe
