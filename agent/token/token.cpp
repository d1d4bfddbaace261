#include "agent/token/token.h"

#include "agent/audit.h"
#include "agent/token/module_file.h"
#include "base/encoding.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

namespace ut::token {
namespace {

// Slots and objects that are looked at; a module may claim any number.
constexpr CK_ULONG kMostSlots = 256;
constexpr CK_ULONG kMostObjects = 2;
constexpr std::size_t kLargestCertificate = 16 * 1024;
constexpr std::size_t kLargestSignature = 1024;

std::unexpected<Error> unusable(std::string what) {
  return fail(ErrorCode::tls_client_certificate_unusable, "PKCS #11 token", std::move(what));
}

std::string name_of(CK_RV code) {
  switch (code) {
    case CKR_PIN_INCORRECT:
      return "CKR_PIN_INCORRECT";
    case CKR_PIN_LOCKED:
      return "CKR_PIN_LOCKED";
    case CKR_PIN_EXPIRED:
      return "CKR_PIN_EXPIRED";
    case CKR_PIN_LEN_RANGE:
      return "CKR_PIN_LEN_RANGE";
    case CKR_PIN_INVALID:
      return "CKR_PIN_INVALID";
    case CKR_DEVICE_REMOVED:
      return "CKR_DEVICE_REMOVED";
    case CKR_DEVICE_ERROR:
      return "CKR_DEVICE_ERROR";
    case CKR_TOKEN_NOT_PRESENT:
      return "CKR_TOKEN_NOT_PRESENT";
    case CKR_TOKEN_NOT_RECOGNIZED:
      return "CKR_TOKEN_NOT_RECOGNIZED";
    case CKR_SESSION_HANDLE_INVALID:
      return "CKR_SESSION_HANDLE_INVALID";
    case CKR_SESSION_CLOSED:
      return "CKR_SESSION_CLOSED";
    case CKR_USER_NOT_LOGGED_IN:
      return "CKR_USER_NOT_LOGGED_IN";
    case CKR_KEY_HANDLE_INVALID:
      return "CKR_KEY_HANDLE_INVALID";
    case CKR_CRYPTOKI_NOT_INITIALIZED:
      return "CKR_CRYPTOKI_NOT_INITIALIZED";
    case CKR_MECHANISM_INVALID:
      return "CKR_MECHANISM_INVALID";
    case CKR_MECHANISM_PARAM_INVALID:
      return "CKR_MECHANISM_PARAM_INVALID";
    case CKR_FUNCTION_FAILED:
      return "CKR_FUNCTION_FAILED";
    case CKR_GENERAL_ERROR:
      return "CKR_GENERAL_ERROR";
    default:
      break;
  }
  const std::array<std::uint8_t, 4> octets{
      static_cast<std::uint8_t>(code >> 24), static_cast<std::uint8_t>(code >> 16),
      static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)};
  return "PKCS #11 error 0x" + to_hex(octets);
}

// After these the token may be there again, or somebody else logged out.
bool is_lost(CK_RV code) {
  switch (code) {
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_DEVICE_REMOVED:
    case CKR_DEVICE_ERROR:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_KEY_HANDLE_INVALID:
      return true;
    default:
      return false;
  }
}

// Whether C_Login ended before the token had the PIN.
bool pin_not_sent(CK_RV code) {
  return code == CKR_SESSION_HANDLE_INVALID || code == CKR_TOKEN_NOT_PRESENT;
}

bool fits(const std::string& wanted, std::span<const unsigned char> field) {
  return wanted.empty() || wanted == field_text(field);
}

bool fits(const TokenUri& uri, const CK_TOKEN_INFO& token) {
  return (token.flags & CKF_TOKEN_INITIALIZED) != 0 && fits(uri.token, token.label) &&
         fits(uri.manufacturer, token.manufacturerID) && fits(uri.model, token.model) &&
         fits(uri.serial, token.serialNumber);
}

// As the user named it.
std::string name_of_token(const TokenUri& uri) {
  return uri.token.empty() ? "that is configured" : "\"" + uri.token + "\"";
}

std::string name_of_object(const TokenUri& uri) {
  return uri.object.empty() ? "with the id " + to_hex(uri.id) : "\"" + uri.object + "\"";
}

struct Found {
  CK_SLOT_ID slot;
  CK_TOKEN_INFO token;
};

Result<Found> find_token(CK_FUNCTION_LIST& module, const TokenUri& uri) {
  CK_ULONG count = 0;
  // Without a list first: that has the module look for slots that were added (clause 5.5).
  CK_RV code = module.C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(std::min(count, kMostSlots));
  count = slots.size();
  if (code == CKR_OK && count > 0) {
    code = module.C_GetSlotList(CK_TRUE, slots.data(), &count);
  }
  if (code != CKR_OK) {
    return unusable("the slots of the module cannot be listed: " + name_of(code));
  }
  slots.resize(std::min<std::size_t>(count, slots.size()));
  std::optional<Found> found;
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO token{};
    if (module.C_GetTokenInfo(slot, &token) != CKR_OK || !fits(uri, token)) {
      continue;
    }
    if (found) {
      return unusable("there are several tokens " + name_of_token(uri) +
                      ": add serial= to client_key");
    }
    found = Found{slot, token};
  }
  if (!found) {
    return unusable("there is no token " + name_of_token(uri));
  }
  return *found;
}

}  // namespace

// A module in the process.
class Token::Module {
 public:
  static Result<std::shared_ptr<Module>> load(const std::string& path) {
    TRY(const std::string file, trusted_module_file(path));
    // Critical: else a module that cannot be initialised is passed over in silence.
    CK_FUNCTION_LIST* const functions = p11_kit_module_load(file.c_str(), P11_KIT_MODULE_CRITICAL);
    if (functions == nullptr) {
      return unusable("the module " + path + " cannot be loaded");
    }
    std::shared_ptr<Module> module(new Module(functions));
    if (const CK_RV code = p11_kit_module_initialize(functions); code != CKR_OK) {
      return unusable("the module " + path + " cannot be started: " + name_of(code));
    }
    module->started_ = true;
    return module;
  }
  ~Module() {
    if (started_) {
      p11_kit_module_finalize(functions_);
    }
    p11_kit_module_release(functions_);
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  CK_FUNCTION_LIST& operator*() const { return *functions_; }
  CK_FUNCTION_LIST* operator->() const { return functions_; }

 private:
  explicit Module(CK_FUNCTION_LIST* functions) : functions_(functions) {}

  CK_FUNCTION_LIST* functions_;
  bool started_ = false;
};

struct Token::Session {
  Session(std::shared_ptr<Module> loaded, const CK_TOKEN_INFO& info)
      : module(std::move(loaded)), token(info) {}
  ~Session() {
    // No C_Logout: it would be for every session of this process.
    if (open) {
      (*module)->C_CloseSession(handle);
    }
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // CKR_OK when it can be signed in it.
  CK_RV state() const {
    CK_SESSION_INFO info{};
    const CK_RV code = (*module)->C_GetSessionInfo(handle, &info);
    const bool user = info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS;
    return code == CKR_OK && needs_pin() && !user ? CKR_USER_NOT_LOGGED_IN : code;
  }
  bool needs_pin() const { return (token.flags & CKF_LOGIN_REQUIRED) != 0; }

  // Exactly one.
  Result<CK_OBJECT_HANDLE> find(CK_OBJECT_CLASS kind, const TokenUri& uri,
                                const std::string& words) const;
  Result<Bytes> value_of(CK_OBJECT_HANDLE object) const;
  Result<void> look_at_key();
  CK_RV sign(const tls::ToSign& what, Bytes& signature) const;

  std::shared_ptr<Module> module;
  CK_TOKEN_INFO token;
  CK_SESSION_HANDLE handle = 0;
  bool open = false;
  CK_OBJECT_HANDLE key = 0;
  CK_KEY_TYPE key_type = 0;
};

Result<CK_OBJECT_HANDLE> Token::Session::find(CK_OBJECT_CLASS kind, const TokenUri& uri,
                                              const std::string& words) const {
  std::string label = uri.object;
  Bytes id = uri.id;
  std::vector<CK_ATTRIBUTE> wanted{{CKA_CLASS, &kind, sizeof kind}};
  if (!label.empty()) {
    wanted.push_back({CKA_LABEL, label.data(), label.size()});
  }
  if (!id.empty()) {
    wanted.push_back({CKA_ID, id.data(), id.size()});
  }
  std::array<CK_OBJECT_HANDLE, kMostObjects> objects{};
  CK_ULONG count = 0;
  CK_RV code = (*module)->C_FindObjectsInit(handle, wanted.data(), wanted.size());
  if (code == CKR_OK) {
    code = (*module)->C_FindObjects(handle, objects.data(), objects.size(), &count);
    (*module)->C_FindObjectsFinal(handle);
  }
  if (code != CKR_OK) {
    return unusable("the token's objects cannot be listed: " + name_of(code));
  }
  if (count == 0) {
    return unusable("the token has no " + words + " " + name_of_object(uri));
  }
  if (count > 1) {
    return unusable("the token has several of the " + words + " " + name_of_object(uri) +
                    ": name object and id");
  }
  return objects[0];
}

Result<Bytes> Token::Session::value_of(CK_OBJECT_HANDLE object) const {
  Bytes value(kLargestCertificate);
  CK_ATTRIBUTE wanted{CKA_VALUE, value.data(), value.size()};
  const CK_RV code = (*module)->C_GetAttributeValue(handle, object, &wanted, 1);
  if (code != CKR_OK || wanted.ulValueLen > value.size()) {
    return unusable("the token's certificate cannot be read: " + name_of(code));
  }
  value.resize(wanted.ulValueLen);
  return value;
}

Result<void> Token::Session::look_at_key() {
  CK_ATTRIBUTE kind{CKA_KEY_TYPE, &key_type, sizeof key_type};
  if (const CK_RV code = (*module)->C_GetAttributeValue(handle, key, &kind, 1); code != CKR_OK) {
    return unusable("the token does not tell the kind of the key: " + name_of(code));
  }
  CK_BBOOL always = CK_FALSE;
  CK_ATTRIBUTE wanted{CKA_ALWAYS_AUTHENTICATE, &always, sizeof always};
  if ((*module)->C_GetAttributeValue(handle, key, &wanted, 1) == CKR_OK && always == CK_TRUE) {
    return unusable("the key wants its PIN for every signature, which the agent does not give");
  }
  return {};
}

CK_RV Token::Session::sign(const tls::ToSign& what, Bytes& signature) const {
  CK_RSA_PKCS_PSS_PARAMS pss{CKM_SHA256, CKG_MGF1_SHA256, what.octets.size()};
  if (what.octets.size() == 48) {
    pss = {CKM_SHA384, CKG_MGF1_SHA384, 48};
  } else if (what.octets.size() == 64) {
    pss = {CKM_SHA512, CKG_MGF1_SHA512, 64};
  }
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  switch (what.kind) {
    case tls::SignatureKind::ecdsa:
      break;
    case tls::SignatureKind::rsa_pkcs1:
      mechanism.mechanism = CKM_RSA_PKCS;
      break;
    case tls::SignatureKind::rsa_pss:
      mechanism = {CKM_RSA_PKCS_PSS, &pss, sizeof pss};
      break;
  }
  CK_RV code = (*module)->C_SignInit(handle, &mechanism, key);
  if (code != CKR_OK) {
    return code;
  }
  Bytes octets(what.octets.begin(), what.octets.end());
  signature.resize(kLargestSignature);
  CK_ULONG size = signature.size();
  code = (*module)->C_Sign(handle, octets.data(), octets.size(), signature.data(), &size);
  signature.resize(code == CKR_OK ? std::min<std::size_t>(size, kLargestSignature) : 0);
  return code;
}

Token::Token(TokenUri key, std::optional<TokenUri> certificate, PinPlace pin)
    : key_(std::move(key)), certificate_uri_(std::move(certificate)), pin_(std::move(pin)) {}

Token::~Token() = default;

Result<void> Token::open() {
  return session_ && session_->state() == CKR_OK ? Result<void>{} : open_anew();
}

Result<void> Token::open_anew() {
  session_.reset();
  if (!module_) {
    TRY(module_, Module::load(key_.module_path));
  }
  TRY(const Found found, find_token(**module_, key_));
  auto session = std::make_unique<Session>(module_, found.token);
  const CK_RV code =
      (*session->module)
          ->C_OpenSession(found.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session->handle);
  if (code != CKR_OK) {
    return unusable("no session with the token can be opened: " + name_of(code));
  }
  session->open = true;
  TRY_VOID(log_in(*session));
  TRY(session->key, session->find(CKO_PRIVATE_KEY, key_, "private key"));
  TRY_VOID(session->look_at_key());
  if (certificate_uri_) {
    if (!fits(*certificate_uri_, session->token)) {
      return unusable("the certificate is of another token than the key");
    }
    TRY(const CK_OBJECT_HANDLE object,
        session->find(CKO_CERTIFICATE, *certificate_uri_, "certificate"));
    TRY(certificate_, session->value_of(object));
  }
  session_ = std::move(session);
  return {};
}

Result<void> Token::log_in(Session& session) {
  // One process has one login with a token, whatever the number of its sessions.
  if (!session.needs_pin() || session.state() == CKR_OK) {
    return {};
  }
  if (!pin_.read) {
    return unusable("the token asks for a PIN: name its file in client_key_pin_file");
  }
  if ((session.token.flags & CKF_USER_PIN_LOCKED) != 0) {
    return unusable("the PIN of the token is locked: it must be unblocked with its SO PIN");
  }
  if ((session.token.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    return unusable(
        "one try is left for the PIN of the token, which the agent does not spend: enter the "
        "right one by another program first");
  }
  // Before the PIN is read, so that a file that changes in between is taken for changed later.
  if (std::string source = pin_.source(); !latch_ || source != latch_source_) {
    latch_source_ = std::move(source);
    latch_.emplace(pin_.latch_file, latch_source_);
  }
  auto pin = pin_.read();
  if (!pin) {
    return unusable("the PIN of the token cannot be read: " + pin.error().detail);
  }
  const std::string name = card::latch_name_of_token(field_text(session.token.serialNumber));
  if (auto open = latch_->before_verify(name, 0); !open) {
    return unusable("the PIN of the token: " + open.error().detail);
  }
  const auto octets = pin->expose_mutable();
  const CK_RV code =
      (*session.module)->C_Login(session.handle, CKU_USER, octets.data(), octets.size());
  if (code == CKR_OK || code == CKR_USER_ALREADY_LOGGED_IN || pin_not_sent(code)) {
    latch_->after_success(name);
  }
  if (!pin_not_sent(code)) {
    ports::audit("token.pin", {},
                 {{"token", field_text(session.token.serialNumber)},
                  {"outcome", code == CKR_OK ? "accepted" : name_of(code)}});
  }
  if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN) {
    return unusable("the token did not accept the PIN: " + name_of(code));
  }
  return {};
}

Result<Bytes> Token::sign(const tls::ToSign& what) {
  TRY_VOID(open());
  if ((what.kind == tls::SignatureKind::ecdsa) != (session_->key_type == CKK_EC)) {
    return unusable("its private key is another certificate's: it is of another kind");
  }
  Bytes signature;
  CK_RV code = session_->sign(what, signature);
  if (is_lost(code)) {
    TRY_VOID(open_anew());
    code = session_->sign(what, signature);
  }
  ports::audit("token.signed", {},
               {{"token", field_text(session_->token.serialNumber)},
                {"outcome", code == CKR_OK ? "done" : name_of(code)}});
  if (code != CKR_OK) {
    return unusable("the token does not sign: " + name_of(code));
  }
  return signature;
}

}  // namespace ut::token
