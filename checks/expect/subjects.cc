#include "checks/expect/subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "checks/expect/json_path_syntax.h"
#include "results/ascii.h"
#include "results/http_text.h"
#include "results/nearest.h"
#include "results/text.h"

namespace gaikei::expect {
namespace {

constexpr std::array<std::string_view, 1> kHttp = {"http"};
constexpr std::array<std::string_view, 1> kDns = {"dns"};
constexpr std::array<std::string_view, 1> kGrpc = {"grpc"};
constexpr std::array<std::string_view, 2> kDialogue = {"tcp", "websocket"};
constexpr std::array<std::string_view, 3> kAnswered = {"http", "grpc", "websocket"};
constexpr std::array<std::string_view, 2> kStatus = {"http", "websocket"};
constexpr std::array<std::string_view, 1> kIcmp = {"icmp"};
constexpr std::array<std::string_view, 6> kSecure = {"http", "tls",  "dns",
                                                     "tcp",  "grpc", "websocket"};
constexpr std::array<std::string_view, 4> kRoundTrip = {"icmp", "tcp", "tls", "websocket"};
/// Every kind that goes somewhere.
constexpr std::array<std::string_view, 7> kOutgoing = {"http", "tls",  "dns",      "tcp",
                                                       "icmp", "grpc", "websocket"};
constexpr std::array<std::string_view, 9> kAll = {
    "http", "tls", "dns", "tcp", "icmp", "grpc", "websocket", "journey", "heartbeat"};

constexpr std::array kRows = {
    SubjectRow{Subject::kStatus, "status", Type::kNumber, "", kStatus},
    SubjectRow{Subject::kDuration, "duration", Type::kSpan, "", kAll},
    SubjectRow{Subject::kPhase, "phase", Type::kSpan, "<name>", kOutgoing},
    SubjectRow{Subject::kHeader, "header", Type::kHeader, "<name>", kAnswered},
    SubjectRow{Subject::kBody, "body", Type::kText, "", kHttp},
    SubjectRow{Subject::kBodySize, "body.size", Type::kSize, "", kHttp},
    SubjectRow{Subject::kJson, "json", Type::kJson, "<path>", kHttp},
    SubjectRow{Subject::kRedirects, "redirects", Type::kNumber, "", kHttp},
    SubjectRow{Subject::kLastModified, "last_modified", Type::kSpan, "", kHttp},
    SubjectRow{Subject::kHttpVersion, "http.version", Type::kHttpVersion, "", kHttp},
    SubjectRow{Subject::kAddress, "address", Type::kAddress, "", kOutgoing},
    SubjectRow{Subject::kCertificateDaysLeft, "certificate.days_left", Type::kDays, "", kSecure},
    SubjectRow{Subject::kCertificateIssuer, "certificate.issuer", Type::kText, "", kSecure},
    SubjectRow{Subject::kCertificateSubject, "certificate.subject", Type::kText, "", kSecure},
    SubjectRow{Subject::kCertificateSan, "certificate.san", Type::kText, "", kSecure},
    SubjectRow{Subject::kCertificateSha256, "certificate.sha256", Type::kFingerprint, "", kSecure},
    SubjectRow{Subject::kCertificateKeyType, "certificate.key_type", Type::kText, "", kSecure},
    SubjectRow{Subject::kCertificateKeyBits, "certificate.key_bits", Type::kNumber, "", kSecure},
    SubjectRow{Subject::kTlsVersion, "tls.version", Type::kTlsVersion, "", kSecure},
    SubjectRow{Subject::kTlsCipher, "tls.cipher", Type::kText, "", kSecure},
    SubjectRow{Subject::kTlsAlpn, "tls.alpn", Type::kText, "", kSecure},
    SubjectRow{Subject::kTlsOcsp, "tls.ocsp", Type::kText, "", kSecure},
    SubjectRow{Subject::kRcode, "rcode", Type::kText, "", kDns},
    SubjectRow{Subject::kAnswer, "answer", Type::kText, "", kDns},
    SubjectRow{Subject::kAnswerCount, "answer.count", Type::kNumber, "", kDns},
    SubjectRow{Subject::kAuthority, "authority", Type::kText, "", kDns},
    SubjectRow{Subject::kAdditional, "additional", Type::kText, "", kDns},
    SubjectRow{Subject::kTtl, "ttl", Type::kNumber, "", kDns},
    SubjectRow{Subject::kFlags, "flags", Type::kText, "", kDns},
    SubjectRow{Subject::kSerial, "serial", Type::kNumber, "", kDns},
    SubjectRow{Subject::kSerialSpread, "serial.spread", Type::kNumber, "", kDns},
    SubjectRow{Subject::kSize, "size", Type::kSize, "", kDns},
    SubjectRow{Subject::kAgree, "agree", Type::kFlag, "", kDns},
    SubjectRow{Subject::kDnssec, "dnssec", Type::kText, "", kDns},
    SubjectRow{Subject::kPacketLoss, "packet_loss", Type::kRatio, "", kIcmp},
    SubjectRow{Subject::kRtt, "rtt", Type::kSpan, "", kRoundTrip},
    SubjectRow{Subject::kServingStatus, "serving_status", Type::kText, "", kGrpc},
    SubjectRow{Subject::kResponse, "response", Type::kText, "", kDialogue},
};

constexpr std::array<std::string_view, 6> kPhaseNames = {"resolve",    "connect",  "tls",
                                                         "processing", "transfer", "other"};

tl::unexpected<CompileError> Error(std::size_t column, std::string message) {
  return tl::unexpected(CompileError{column, std::move(message)});
}

bool AppliesTo(const SubjectRow& row, std::string_view kind) {
  return std::find(row.kinds.begin(), row.kinds.end(), kind) != row.kinds.end();
}

std::string Spelling(const SubjectRow& row) {
  if (row.argument.empty()) return std::string(row.name);
  return fmt::format("{}.{}", row.name, row.argument);
}

/// What was most likely meant by a word that is no subject.
std::string Unknown(std::string_view word, std::string_view kind) {
  const std::string_view first = word.substr(0, word.find_first_of(".["));
  std::vector<std::string_view> whole;
  std::vector<std::string_view> with_argument;
  std::string same_first;
  for (const SubjectRow& row : kRows) {
    if (!AppliesTo(row, kind)) continue;
    (row.argument.empty() ? whole : with_argument).push_back(row.name);
    if (row.name.substr(0, row.name.find('.')) == first) {
      same_first += (same_first.empty() ? "" : ", ") + Spelling(row);
    }
  }
  std::string message = fmt::format("unknown subject \"{}\"", Escape(word, 64));
  if (const auto nearest = Nearest(word, whole)) {
    return message + fmt::format("; did you mean \"{}\"?", *nearest);
  }
  if (!same_first.empty()) return message + "; known: " + same_first;
  if (const auto nearest = Nearest(first, with_argument)) {
    const std::string rest(word.substr(first.size()));
    return message + fmt::format("; did you mean \"{}{}\"?", *nearest, Escape(rest, 64));
  }
  return message;
}

/// Validates and normalises the argument, which stands at `column` of the word.
tl::expected<std::string, CompileError> Argument(const SubjectRow& row, std::string_view text,
                                                 std::size_t column) {
  if (row.subject == Subject::kJson) {
    if (auto error = FindJsonPathError(text)) {
      return Error(column + error->column, std::move(error->message));
    }
    return std::string(text);
  }
  if (text.empty()) {
    return Error(column, fmt::format("{} needs a name: {}", row.name, Spelling(row)));
  }
  if (row.subject == Subject::kHeader) {
    const auto bad = std::find_if_not(text.begin(), text.end(), IsTokenByte);
    if (bad != text.end()) {
      return Error(column + static_cast<std::size_t>(bad - text.begin()),
                   fmt::format("\"{}\" is no header name", Escape(text, 64)));
    }
    return LowerCase(text);
  }
  if (std::find(kPhaseNames.begin(), kPhaseNames.end(), text) != kPhaseNames.end()) {
    return std::string(text);
  }
  const auto nearest = Nearest(text, kPhaseNames);
  return Error(column,
               fmt::format("unknown phase \"{}\"; {}", Escape(text, 64),
                           nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                                   : fmt::format("known: {}", fmt::join(kPhaseNames, ", "))));
}

const SubjectRow* FindRow(std::string_view word) {
  const std::string_view first = word.substr(0, word.find_first_of(".["));
  for (const SubjectRow& row : kRows) {
    if (row.argument.empty() ? row.name == word : row.name == first) return &row;
  }
  return nullptr;
}

}  // namespace

std::span<const SubjectRow> AllSubjects() { return kRows; }

bool IsSeveral(const FoundSubject& subject) {
  switch (subject.row->subject) {
    case Subject::kJson:
      return IsManyJsonPath(subject.argument);
    case Subject::kHeader:
    case Subject::kCertificateSan:
    case Subject::kAnswer:
    case Subject::kAuthority:
    case Subject::kAdditional:
    case Subject::kFlags:
      return true;
    default:
      return false;
  }
}

tl::expected<FoundSubject, CompileError> FindSubject(std::string_view word, std::string_view kind) {
  const SubjectRow* row = FindRow(word);
  if (row == nullptr) return Error(0, Unknown(word, kind));
  if (!AppliesTo(*row, kind)) {
    return Error(0, fmt::format("{} does not apply to a check of kind {}", Spelling(*row), kind));
  }
  if (row->argument.empty()) return FoundSubject{row, ""};
  std::size_t begin = row->name.size();
  if (begin < word.size() && word[begin] == '.') ++begin;
  // json[0] is a path without a dot; of the others only a name follows a dot.
  if (begin == row->name.size() && begin < word.size() && row->subject != Subject::kJson) {
    return Error(0, Unknown(word, kind));
  }
  if (begin == word.size() && begin > row->name.size() && row->subject == Subject::kJson) {
    return Error(begin, "json. needs a path, as in json.items[0].id");
  }
  auto argument = Argument(*row, word.substr(begin), begin);
  if (!argument) return tl::unexpected(std::move(argument.error()));
  return FoundSubject{row, std::move(*argument)};
}

}  // namespace gaikei::expect
