#include "checks/parts/observation_source.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace gaikei {

using expect::Missing;
using expect::Subject;
using expect::Value;

Value ObservationSource::Get(Subject subject, std::string_view argument) const {
  switch (subject) {
    case Subject::kDuration:
      return Seconds(seen_.duration);
    case Subject::kPhase:
      return PhaseSpan(argument);
    case Subject::kAddress:
      if (seen_.address.empty()) return Missing{"no address"};
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
    case Subject::kRcode:
    case Subject::kAnswer:
    case Subject::kAnswerCount:
    case Subject::kAuthority:
    case Subject::kAdditional:
    case Subject::kTtl:
    case Subject::kFlags:
    case Subject::kSerial:
    case Subject::kSerialSpread:
    case Subject::kSize:
    case Subject::kAgree:
    case Subject::kDnssec:
      return Dns(subject);
    case Subject::kPacketLoss:
      if (!seen_.icmp || seen_.icmp->sent == 0) return Missing{"nothing was sent"};
      return seen_.icmp->loss;
    case Subject::kRtt:
      return RoundTrip();
    case Subject::kResponse:
      return Response();
    case Subject::kStatus:
      if (!seen_.websocket || seen_.websocket->status == 0) return Missing{"no answer"};
      return static_cast<double>(seen_.websocket->status);
    case Subject::kLastModified:
      if (!seen_.http || !seen_.http->last_modified) return Missing{"no date in Last-Modified"};
      return Seconds(now_ - *seen_.http->last_modified);
    case Subject::kServingStatus:
      if (!seen_.grpc || seen_.grpc->serving_status.empty()) return Missing{"no answer"};
      return std::string_view(seen_.grpc->serving_status);
    default:
      return Missing{"no such subject"};
  }
}

Value ObservationSource::PhaseSpan(std::string_view name) const {
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

Value ObservationSource::Certificate(Subject subject) const {
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

Value ObservationSource::Tls(Subject subject) const {
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

Value ObservationSource::Dns(Subject subject) const {
  if (!seen_.dns) return Missing{"no answer"};
  const DnsEvidence& dns = *seen_.dns;
  switch (subject) {
    case Subject::kAgree:
      if (!dns.agree) return Missing{"fewer than two servers answered"};
      return *dns.agree;
    case Subject::kSerialSpread:
      if (!dns.serial_spread) return Missing{"fewer than two servers gave a serial"};
      return static_cast<double>(*dns.serial_spread);
    case Subject::kDnssec:
      if (!dns.dnssec) return Missing{"not validated; set dnssec = \"validate\""};
      return std::string_view(dns.dnssec->status);
    default:
      break;
  }
  if (dns.rcode.empty()) return Missing{"no answer"};
  switch (subject) {
    case Subject::kRcode:
      return std::string_view(dns.rcode);
    case Subject::kAnswer:
      return Records(dns.answer);
    case Subject::kAnswerCount:
      return static_cast<double>(dns.answer.count);
    case Subject::kAuthority:
      return Records(dns.authority);
    case Subject::kAdditional:
      return Records(dns.additional);
    case Subject::kTtl: {
      const auto& records = dns.answer.records;
      const auto least =
          std::min_element(records.begin(), records.end(),
                           [](const auto& one, const auto& other) { return one.ttl < other.ttl; });
      if (least == records.end()) return Missing{"no record in the answer"};
      return static_cast<double>(least->ttl);
    }
    case Subject::kFlags:
      return std::vector<std::string_view>(dns.flags.begin(), dns.flags.end());
    case Subject::kSerial:
      if (!dns.serial) return Missing{"no SOA record"};
      return static_cast<double>(*dns.serial);
    default:
      return static_cast<double>(dns.size);
  }
}

Value ObservationSource::Records(const DnsSection& section) const {
  if (section.records.empty()) return Missing{"no record"};
  std::vector<std::string_view> values;
  values.reserve(section.records.size());
  for (const DnsRecord& record : section.records) {
    values.emplace_back(texts_.emplace_back(record.Text()));
  }
  return values;
}

Value ObservationSource::Response() const {
  if (!seen_.tcp && !seen_.websocket) return Missing{"no connection"};
  const std::string& text = seen_.websocket ? seen_.websocket->response : seen_.tcp->response;
  if (text.empty()) return Missing{"nothing came"};
  return std::string_view(text);
}

Value ObservationSource::RoundTrip() const {
  if (seen_.websocket) {
    if (!seen_.websocket->ping) return Missing{"no ping was measured"};
    return Seconds(*seen_.websocket->ping);
  }
  if (seen_.icmp) {
    if (!seen_.icmp->rtt_mean) return Missing{"nothing came back"};
    return Seconds(*seen_.icmp->rtt_mean);
  }
  if (!seen_.tcp) return Missing{"no connection"};
  return Seconds(seen_.tcp->rtt);
}

}  // namespace gaikei
