/// DNSSEC validation of any messages. The input is a line "NAME TYPE" (the number), then messages,
/// each behind two bytes of length: the answer, then what is answered to the machine's questions.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "checks/io/dns/dnssec.h"
#include "checks/io/dns/dnssec_message.h"
#include "checks/io/dns/dnssec_nsec.h"
#include "checks/io/dns/dnssec_nsec3.h"
#include "checks/io/dns/ldns.h"
#include "tests/support/temp_dir.h"

namespace {

namespace io = gaikei::io;
namespace support = gaikei::support;
using namespace gaikei::io::dnssec;

/// The root's key of the seeds, and a time at which their signatures are valid.
constexpr char kAnchor[] =
    ". 3600 IN DS 2456 13 2 45c202dc6188a2319ea817de2845f444ca94fb68ba0f4e20c46502446c70a8f0\n";
const gaikei::WallTime kNow = *gaikei::ParseRfc3339("2026-06-01T12:00:00Z");

std::shared_ptr<const io::TrustAnchor> LoadAnchor() {
  const support::TempDir directory;
  return *io::TrustAnchor::Load(directory.Write("anchor", kAnchor));
}

std::string TakeMessage(std::string_view* input) {
  if (input->size() < 2) return {};
  const std::size_t length = static_cast<unsigned char>((*input)[0]) * std::size_t{256} +
                             static_cast<unsigned char>((*input)[1]);
  input->remove_prefix(2);
  std::string message(input->substr(0, length));
  input->remove_prefix(message.size());
  return message;
}

/// The proofs of a message as if somebody had signed them: no signature stands in the way.
void Prove(const std::string& bytes, const Name& name, std::uint16_t type) {
  const auto message = Message::Read(bytes);
  if (message == nullptr) return;
  const Name zone = name.Parent();
  unsigned hashes = kMaxHashes;
  NsecChain nsec(zone);
  Nsec3Chain nsec3(zone, &hashes);
  for (const RrSet& set : message->authority()) {
    for (const ldns_rr* record : set.records) {
      if (set.type == LDNS_RR_TYPE_NSEC) nsec.Add(set.owner, record);
      if (set.type == LDNS_RR_TYPE_NSEC3) nsec3.Add(set.owner, record);
    }
  }
  nsec.NoData(name, type);
  nsec.NoName(name);
  nsec.NoCloserMatch(name, zone.labels());
  nsec.NoCut(name);
  nsec3.NoData(name, type);
  nsec3.NoName(name);
  nsec3.NoCloserMatch(name, zone.labels());
  nsec3.NoCut(name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto anchor = LoadAnchor();
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string question(input.substr(0, line));
  input.remove_prefix(line + 1);
  const std::size_t space = question.find(' ');
  const std::string name = question.substr(0, space);
  const auto type = space == std::string::npos
                        ? std::uint16_t{1}
                        : static_cast<std::uint16_t>(std::atoi(question.c_str() + space));

  const std::string answer = TakeMessage(&input);
  if (const auto asked = Name::Parse(name)) Prove(answer, *asked, type);
  io::DnssecChain chain(anchor, name, type, answer, kNow);
  int questions = 0;
  while (chain.Next()) {
    if (++questions > 128) std::abort();
    chain.Feed(TakeMessage(&input));
  }
  const gaikei::DnssecEvidence& result = chain.result();
  if (result.status.empty() || (result.status == "secure") != result.failure.empty()) std::abort();
  for (const char c : result.message) {
    if (c < ' ' || c > '~') std::abort();
  }
  return 0;
}
