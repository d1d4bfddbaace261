#include "tools/isim-probe/pcap.h"

#include "tools/isim-probe/gsmtap.h"
#include "tools/isim-probe/observed_transport.h"
#include "tools/isim-probe/private_file.h"

namespace ut::probe {
namespace {

using Clock = std::chrono::system_clock;

class PcapObserver final : public TransportObserver {
 public:
  PcapObserver(std::shared_ptr<PrivateFile> file, Keep keep)
      : file_(std::move(file)), masker_(keep) {}

  void exchanged(ByteView command, const Result<SecretBytes>& answer) override {
    const auto kept = masker_.mask(command, answer ? answer->expose() : ByteView());
    Bytes both = sim_exchange(kept.command.expose(), kept.answer.expose());
    Bytes packet = pcap_gsmtap(GsmtapSim::apdu, both, Clock::now());
    file_->write(packet);
    wipe(both);
    wipe(packet);
  }
  void called(std::string_view, const Result<void>&) override {}
  void card_was_reset() override { masker_.reset(); }

 private:
  std::shared_ptr<PrivateFile> file_;
  Masker masker_;
};

}  // namespace

Result<Connect> captured(Connect connect, const std::string& path, Keep keep) {
  TRY(PrivateFile opened, PrivateFile::create(path));
  const auto file = std::make_shared<PrivateFile>(std::move(opened));
  file->write(pcap_header());
  return observed(std::move(connect),
                  [file, keep](const std::string&,
                               const Result<std::unique_ptr<isim::CardTransport>>& connection)
                      -> std::unique_ptr<TransportObserver> {
                    if (!connection) {
                      return nullptr;
                    }
                    file->write(pcap_gsmtap(GsmtapSim::atr, (*connection)->atr(), Clock::now()));
                    return std::make_unique<PcapObserver>(file, keep);
                  });
}

}  // namespace ut::probe
