// A PKCS #11 module that passes everything on to another one, notes calls, and fails where it is
// told to. Environment: UT_TOKEN_MODULE is the other one, UT_TOKEN_CALLS the file of notes, and
// UT_TOKEN_FAULTS a folder whose files say what goes wrong, each "HOW [COUNT]":
//   C_Sign, C_GetSessionInfo   CKR_...; C_Sign also "corrupt" (a wrong signature) and "hang"
//   absent                     no slot has a token
//   flags                      "final-try" or "locked": what the token says of its PIN
#include <dlfcn.h>
#include <poll.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <p11-kit/pkcs11.h>

namespace {

CK_FUNCTION_LIST* g_other = nullptr;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void note(const std::string& what) {
  std::ofstream(environment("UT_TOKEN_CALLS"), std::ios::app) << what + "\n";
}

// How `what` fails this time; "" when it does not.
std::string fault(const std::string& what) {
  const std::filesystem::path file = environment("UT_TOKEN_FAULTS") + "/" + what;
  std::ifstream in(file);
  std::string how;
  int count = 0;
  if (!(in >> how)) {
    return "";
  }
  if (in >> count) {
    in.close();
    if (--count == 0) {
      std::filesystem::remove(file);
    } else {
      std::ofstream(file) << how << ' ' << count;
    }
  }
  note(what + "." + how);
  return how;
}

CK_RV code_of(const std::string& name) {
  static const std::map<std::string, CK_RV> kCodes{
      {"CKR_SESSION_HANDLE_INVALID", CKR_SESSION_HANDLE_INVALID},
      {"CKR_USER_NOT_LOGGED_IN", CKR_USER_NOT_LOGGED_IN},
      {"CKR_TOKEN_NOT_PRESENT", CKR_TOKEN_NOT_PRESENT},
      {"CKR_DEVICE_REMOVED", CKR_DEVICE_REMOVED}};
  const auto found = kCodes.find(name);
  return found == kCodes.end() ? CKR_GENERAL_ERROR : found->second;
}

CK_RV initialize(void* arguments) {
  note("C_Initialize");
  return g_other->C_Initialize(arguments);
}

CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID* slots, CK_ULONG* count) {
  if (!fault("absent").empty()) {
    *count = 0;
    return CKR_OK;
  }
  return g_other->C_GetSlotList(present, slots, count);
}

CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  const CK_RV code = g_other->C_GetTokenInfo(slot, info);
  if (const std::string flags = fault("flags"); !flags.empty()) {
    info->flags |= flags == "locked" ? CKF_USER_PIN_LOCKED : CKF_USER_PIN_FINAL_TRY;
  }
  return code;
}

CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO* info) {
  const std::string how = fault("C_GetSessionInfo");
  return how.empty() ? g_other->C_GetSessionInfo(session, info) : code_of(how);
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR* pin, CK_ULONG size) {
  note("C_Login");
  return g_other->C_Login(session, user, pin, size);
}

CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* signature,
           CK_ULONG* signature_size) {
  const std::string how = fault("C_Sign");
  if (how == "hang") {
    for (;;) {
      ::poll(nullptr, 0, -1);  // pause(2) is none of the agent's system calls
    }
  }
  const CK_RV code = g_other->C_Sign(session, data, size, signature, signature_size);
  note("C_Sign");
  if (how == "corrupt") {
    signature[*signature_size - 1] ^= 1;
  }
  return how.empty() || how == "corrupt" ? code : code_of(how);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  static CK_FUNCTION_LIST mine;
  if (g_other == nullptr) {
    void* const module = ::dlopen(environment("UT_TOKEN_MODULE").c_str(), RTLD_NOW | RTLD_LOCAL);
    const auto get =
        module == nullptr
            ? nullptr
            : reinterpret_cast<CK_C_GetFunctionList>(::dlsym(module, "C_GetFunctionList"));
    if (get == nullptr || get(&g_other) != CKR_OK) {
      return CKR_GENERAL_ERROR;
    }
    mine = *g_other;
    mine.C_GetFunctionList = C_GetFunctionList;
    mine.C_Initialize = initialize;
    mine.C_GetSlotList = get_slot_list;
    mine.C_GetTokenInfo = get_token_info;
    mine.C_GetSessionInfo = get_session_info;
    mine.C_Login = login;
    mine.C_Sign = sign;
  }
  *list = &mine;
  return CKR_OK;
}
