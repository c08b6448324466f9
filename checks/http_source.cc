#include "checks/http_source.h"

#include <array>
#include <chrono>
#include <utility>
#include <variant>
#include <vector>

namespace gaikei {

using expect::Missing;
using expect::Subject;
using expect::Value;

Value HttpSource::Get(Subject subject, std::string_view argument) const {
  switch (subject) {
    case Subject::kStatus:
      return static_cast<double>(answer_.head.status());
    case Subject::kDuration:
      return Seconds(seen_.duration);
    case Subject::kPhase:
      return PhaseSpan(argument);
    case Subject::kHeader:
      return Header(argument);
    case Subject::kBody:
      return std::string_view(answer_.body);
    case Subject::kBodySize:
      return static_cast<double>(answer_.size);
    case Subject::kJson:
      return Json(argument);
    case Subject::kRedirects:
      return static_cast<double>(seen_.http ? seen_.http->redirects.size() : 0);
    case Subject::kHttpVersion:
      return std::string_view(answer_.head.version());
    case Subject::kAddress:
      return std::string_view(seen_.address);
    case Subject::kCertificateDaysLeft:
    case Subject::kCertificateIssuer:
    case Subject::kCertificateSubject:
    case Subject::kCertificateSan:
    case Subject::kCertificateSha256:
    case Subject::kCertificateKeyType:
    case Subject::kCertificateKeyBits:
      return Certificate(subject);
    case Subject::kTlsVersion:
    case Subject::kTlsCipher:
    case Subject::kTlsAlpn:
    case Subject::kTlsOcsp:
      return Tls(subject);
  }
  return Missing{"no such subject"};
}

bool HttpSource::IsCut(Subject subject) const {
  return (subject == Subject::kBody || subject == Subject::kJson) &&
         answer_.size > answer_.body.size();
}

Value HttpSource::Header(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [field, value] : answer_.head.fields()) {
    if (io::EqualsIgnoringCase(field, name)) values.emplace_back(value);
  }
  if (values.empty()) return Missing{"no such header"};
  return values;
}

Value HttpSource::Json(std::string_view path) const {
  if (IsCut(Subject::kJson)) return Missing{"the body is too large to be inspected", true};
  if (!json_) json_ = std::make_unique<JsonDocument>(answer_.body);
  struct Visitor {
    std::deque<std::string>& texts;
    Value operator()(JsonDocument::None& none) const {
      return Missing{std::move(none.why), none.is_untold};
    }
    Value operator()(double number) const { return number; }
    Value operator()(bool flag) const { return flag; }
    Value operator()(JsonDocument::Null) const { return expect::JsonNull{}; }
    Value operator()(std::string& text) const {
      return std::string_view(texts.emplace_back(std::move(text)));
    }
    Value operator()(JsonDocument::Whole& whole) const {
      return expect::JsonWhole{texts.emplace_back(std::move(whole.text))};
    }
  };
  JsonDocument::Found found = json_->Find(path);
  return std::visit(Visitor{texts_}, found);
}

Value HttpSource::PhaseSpan(std::string_view name) const {
  static constexpr std::array kAll = {Phase::kResolve, Phase::kConnect, Phase::kTls,
                                      Phase::kProcessing, Phase::kTransfer};
  for (const Phase phase : kAll) {
    if (Name(phase) != name) continue;
    if (const auto& span = seen_.phases[phase]) return Seconds(*span);
    return Missing{"phase not reached"};
  }
  if (name == "other") return Seconds(seen_.phases.other);
  return Missing{"no such phase"};
}

Value HttpSource::Certificate(Subject subject) const {
  if (!seen_.tls || seen_.tls->chain.empty()) return Missing{"no certificate"};
  const CertificateInfo& leaf = seen_.tls->chain.front();
  switch (subject) {
    case Subject::kCertificateDaysLeft:
      return Seconds(*seen_.tls->expires_at - now_) / (24.0 * 3600.0);
    case Subject::kCertificateIssuer:
      return std::string_view(leaf.issuer);
    case Subject::kCertificateSubject:
      return std::string_view(leaf.subject);
    case Subject::kCertificateSan:
      if (leaf.san.empty()) return Missing{"no subjectAltName"};
      return std::vector<std::string_view>(leaf.san.begin(), leaf.san.end());
    case Subject::kCertificateSha256:
      return std::string_view(leaf.sha256);
    case Subject::kCertificateKeyType:
      return std::string_view(leaf.key_type);
    default:
      return static_cast<double>(leaf.key_bits);
  }
}

Value HttpSource::Tls(Subject subject) const {
  if (!seen_.tls) return Missing{"no TLS"};
  switch (subject) {
    case Subject::kTlsVersion:
      return std::string_view(seen_.tls->version);
    case Subject::kTlsCipher:
      return std::string_view(seen_.tls->cipher);
    case Subject::kTlsAlpn:
      if (seen_.tls->alpn.empty()) return Missing{"no ALPN protocol was chosen"};
      return std::string_view(seen_.tls->alpn);
    default:
      if (seen_.tls->ocsp.empty()) return Missing{"no OCSP answer was stapled"};
      return std::string_view(seen_.tls->ocsp);
  }
}

}  // namespace gaikei
