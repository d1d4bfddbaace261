// Status words that the card answers with (TS 102 221 clause 10.2.1).
#pragma once

#include "isim/apdu.h"

namespace ut::isim::soft {

constexpr StatusWord kExecuted = 0x9000;
constexpr StatusWord kEndOfFile = 0x6282;
constexpr StatusWord kMoreData = 0x62f1;
constexpr StatusWord kMoreDataAndProactive = 0x62f2;
constexpr StatusWord kMoreDataExpected = 0x63f1;
constexpr StatusWord kMoreDataExpectedAndProactive = 0x63f2;
constexpr StatusWord kMemoryProblem = 0x6581;
constexpr StatusWord kWrongLength = 0x6700;
constexpr StatusWord kChannelUnsupported = 0x6881;
constexpr StatusWord kSecureMessagingUnsupported = 0x6882;
constexpr StatusWord kNotARecordFile = 0x6981;
constexpr StatusWord kSecurityStatus = 0x6982;
constexpr StatusWord kBlocked = 0x6983;
constexpr StatusWord kInvalidated = 0x6984;
constexpr StatusWord kConditions = 0x6985;
constexpr StatusWord kNoEf = 0x6986;
constexpr StatusWord kWrongData = 0x6a80;
constexpr StatusWord kFunctionUnsupported = 0x6a81;
constexpr StatusWord kFileNotFound = 0x6a82;
constexpr StatusWord kRecordNotFound = 0x6a83;
constexpr StatusWord kNoMemory = 0x6a84;
constexpr StatusWord kWrongP1P2 = 0x6a86;
constexpr StatusWord kReferenceNotFound = 0x6a88;
constexpr StatusWord kWrongOffset = 0x6b00;
constexpr StatusWord kUnknownIns = 0x6d00;
constexpr StatusWord kUnknownClass = 0x6e00;

}  // namespace ut::isim::soft
