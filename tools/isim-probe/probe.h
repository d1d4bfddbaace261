// What isim-probe does with readers and cards.
#pragma once

#include "base/result.h"
#include "isim/card_session.h"
#include "isim/identity.h"
#include "isim/reader_watch.h"
#include "tools/isim-probe/report.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ut::probe {

using Connect =
    std::function<Result<std::unique_ptr<isim::CardTransport>>(const std::string& reader)>;

// The names of the readers with a card; the error that it is when there is none.
Result<std::vector<std::string>> readers_with_card(const isim::ReaderPicture& picture);

// Everything about the card that can be found out; what cannot is said in `failure`. The first of
// the cards with the application wanted is taken, or the first one of all.
Result<CardReport> inspect(const Connect& connect, const std::vector<std::string>& readers,
                           const isim::SessionOptions& options,
                           const isim::ApplicationPolicy& policy);

// Uses the first of the cards that `use` does not refuse with card_no_isim.
Result<void> on_card(
    const Connect& connect, const std::vector<std::string>& readers,
    const isim::SessionOptions& options,
    const std::function<Result<void>(const std::string& reader, isim::CardSession&)>& use);

// AUTHENTICATE in the IMS AKA context on the first of the cards with the application wanted.
Result<AuthReport> authenticate(const Connect& connect, const std::vector<std::string>& readers,
                                const isim::SessionOptions& options,
                                const isim::ApplicationPolicy& policy, const isim::Rand& rand,
                                const isim::Autn& autn);

}  // namespace ut::probe
