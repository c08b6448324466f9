#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "checks/io/dns/dns_answer.h"

/// A whole DNS message, as a resolver may send it. What is read of it is bounded, is of the family
/// that was asked for, and nothing that cannot be read gives an address.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gaikei::io::AddressRecord;
  const std::span<const std::uint8_t> message(data, size);
  for (const AddressRecord type : {AddressRecord::kA, AddressRecord::kAaaa}) {
    const gaikei::io::AddressAnswer answer = gaikei::io::ReadAddressAnswer(message, type);
    if (answer.addresses.size() > 64) __builtin_trap();
    if ((!answer.problem.empty() || answer.rcode != 0) && !answer.addresses.empty()) {
      __builtin_trap();
    }
    const gaikei::Family family =
        type == AddressRecord::kA ? gaikei::Family::kIpv4 : gaikei::Family::kIpv6;
    const bool is_of_family =
        std::all_of(answer.addresses.begin(), answer.addresses.end(),
                    [family](const auto& address) { return address.family() == family; });
    if (!is_of_family || answer.ttl > 0x7fffffffU) __builtin_trap();
  }
  if (gaikei::io::NegativeTtl(message) > 0x7fffffffU) __builtin_trap();
  return 0;
}
