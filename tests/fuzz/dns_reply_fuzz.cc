#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "checks/dns/dns_compare.h"
#include "checks/dns/dns_names.h"
#include "checks/io/dns/dns_query.h"

namespace {

/// The question for the address of www.shop.example, with id 0x1234 and a cookie, as the seeds
/// answer it.
gaikei::io::DnsWireQuery Question() {
  gaikei::io::DnsWireQuery query;
  query.id = 0x1234;
  query.client_cookie = "biscuits";
  query.bytes = std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01", 12) +
                std::string(
                    "\x03www\x04shop\x07"
                    "example\x00\x00\x01\x00\x01",
                    22) +
                std::string("\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x0c\x00\x0a\x00\x08", 15) +
                query.client_cookie;
  return query;
}

void ExpectText(const std::string& text) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  });
  if (!is_plain) __builtin_trap();
}

void ExpectSection(const gaikei::DnsSection& section) {
  if (section.records.size() > 64 || section.count < section.records.size()) __builtin_trap();
  for (const gaikei::DnsRecord& record : section.records) {
    ExpectText(record.Text());
    const std::string name = gaikei::CanonicalDnsName(record.name);
    if (!gaikei::IsWithinDnsZone(name, gaikei::ParentDnsName(name))) __builtin_trap();
  }
}

}  // namespace

/// A whole DNS message, as the server of a check may send it: what is read of it is bounded and can
/// be shown, is the same as itself, and what is malformed says why.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const gaikei::io::DnsWireQuery kQuestion = Question();
  const std::span<const std::uint8_t> message(data, size);
  const bool is_ours = gaikei::io::IsAnswerTo(message, kQuestion);
  if (is_ours && size < 12) __builtin_trap();
  if (is_ours) gaikei::io::IsTruncated(message);
  gaikei::DnsAnswer answer = gaikei::io::ReadDnsAnswer(message, kQuestion);
  for (const gaikei::DnsSection* section :
       {&answer.answer, &answer.authority, &answer.additional}) {
    ExpectSection(*section);
  }
  if (answer.extended_errors.size() > 64 || answer.notes.size() > 64) __builtin_trap();
  for (const auto& error : answer.extended_errors) ExpectText(error.text);
  for (const std::string& text : {answer.message, answer.rcode, answer.nsid, answer.ecs}) {
    ExpectText(text);
  }
  if ((answer.reason != gaikei::Reason::kNone) == answer.message.empty()) __builtin_trap();
  answer.server = "one";
  const std::array<gaikei::DnsAnswer, 2> twice = {answer, answer};
  const gaikei::DnsComparison comparison = gaikei::CompareDnsAnswers(twice);
  if (comparison.agree == false || !comparison.differing.empty()) __builtin_trap();
  return 0;
}
