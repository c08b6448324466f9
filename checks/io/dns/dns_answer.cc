#define CARES_NO_DEPRECATED  // newer releases have other names for what 1.18 has only these for
#include "checks/io/dns/dns_answer.h"

#include <ares.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "checks/io/dns/dns_wire.h"
#include "checks/io/dns/hosts_file.h"
#include "results/ascii.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kMaxAddresses = 64;
constexpr unsigned kTypeCname = 5;
constexpr std::uint32_t kLongest = std::numeric_limits<std::uint32_t>::max();

// A place in a message that never leaves it: every read past the end makes it bad for good.
class Cursor {
 public:
  explicit Cursor(std::span<const std::uint8_t> message) : message_(message) {}

  bool is_good() const { return is_good_; }

  std::span<const std::uint8_t> Bytes(std::size_t count) {
    if (!is_good_ || message_.size() - at_ < count) {
      is_good_ = false;
      return {};
    }
    const auto bytes = message_.subspan(at_, count);
    at_ += count;
    return bytes;
  }
  unsigned U16() {
    const auto bytes = Bytes(2);
    return bytes.empty() ? 0 : (static_cast<unsigned>(bytes[0]) << 8U) | bytes[1];
  }
  std::uint32_t U32() {
    const std::uint32_t high = U16();
    return (high << 16U) | U16();
  }
  // A time to live; one with the top bit set reads as none (RFC 2181, 8).
  std::uint32_t Ttl() {
    const std::uint32_t ttl = U32();
    return ttl > std::numeric_limits<std::int32_t>::max() ? 0 : ttl;
  }
  // A domain name as text, lower case, compression followed.
  std::string Name() {
    if (!is_good_ || at_ >= message_.size()) {
      is_good_ = false;
      return {};
    }
    char* text = nullptr;
    long length = 0;
    const int status = ares_expand_name(message_.data() + at_, message_.data(),
                                        static_cast<int>(message_.size()), &text, &length);
    if (status != ARES_SUCCESS) {
      is_good_ = false;
      return {};
    }
    std::string name = LowerCase(text);
    ares_free_string(text);
    Bytes(static_cast<std::size_t>(length));
    return name;
  }
  // The part of the message that a record's data takes, as a cursor that can follow compression.
  Cursor Part(std::size_t count) {
    Cursor part = *this;
    Bytes(count);
    return part;
  }

 private:
  std::span<const std::uint8_t> message_;
  std::size_t at_ = 0;
  bool is_good_ = true;
};

std::optional<Address> AddressOf(std::span<const std::uint8_t> data, AddressRecord type) {
  Address address;
  if (type == AddressRecord::kA) {
    sockaddr_in in{};
    if (data.size() != sizeof in.sin_addr) return std::nullopt;
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, data.data(), data.size());
    std::memcpy(&address.storage, &in, sizeof in);
    address.length = sizeof in;
  } else {
    sockaddr_in6 in{};
    if (data.size() != sizeof in.sin6_addr) return std::nullopt;
    in.sin6_family = AF_INET6;
    std::memcpy(&in.sin6_addr, data.data(), data.size());
    std::memcpy(&address.storage, &in, sizeof in);
    address.length = sizeof in;
  }
  return address;
}

struct Alias {
  std::string target;
  std::uint32_t ttl = 0;
};

struct AddressSet {
  std::vector<Address> addresses;
  std::uint32_t ttl = kLongest;  // of the shortest-lived
};

struct Records {
  std::string question;
  std::unordered_map<std::string, Alias> aliases;         // by owner
  std::unordered_map<std::string, AddressSet> addresses;  // by owner
};

// False when the message breaks off or lies about its lengths.
bool ReadRecords(std::span<const std::uint8_t> message, AddressRecord type, Records& records) {
  Cursor cursor(message);
  cursor.Bytes(4);
  const unsigned questions = cursor.U16();
  const unsigned answers = cursor.U16();
  cursor.Bytes(4);
  for (unsigned i = 0; i < questions && cursor.is_good(); ++i) {
    records.question = cursor.Name();
    cursor.Bytes(4);
  }
  for (unsigned i = 0; i < answers && cursor.is_good(); ++i) {
    const std::string owner = cursor.Name();
    const unsigned record_type = cursor.U16();
    const unsigned record_class = cursor.U16();
    const std::uint32_t ttl = cursor.Ttl();
    const unsigned size = cursor.U16();
    if (record_class == kDnsClassIn && record_type == kTypeCname) {
      Cursor data = cursor.Part(size);
      std::string target = data.Name();
      if (!data.is_good()) return false;
      records.aliases.try_emplace(owner, Alias{std::move(target), ttl});
      continue;
    }
    const auto data = cursor.Bytes(size);
    if (record_class != kDnsClassIn || record_type != static_cast<unsigned>(type)) continue;
    const std::optional<Address> address = AddressOf(data, type);
    if (!address) return false;
    AddressSet& of_owner = records.addresses[owner];
    of_owner.ttl = std::min(of_owner.ttl, ttl);
    if (of_owner.addresses.size() < kMaxAddresses) of_owner.addresses.push_back(*address);
  }
  return cursor.is_good();
}

}  // namespace

AddressAnswer ReadAddressAnswer(std::span<const std::uint8_t> message, AddressRecord type) {
  AddressAnswer answer;
  if (message.size() < kDnsHeaderSize) {
    answer.problem = "the answer is too short";
    return answer;
  }
  answer.rcode = message[3] & 0x0fU;
  if (answer.rcode != 0) return answer;
  Records records;
  if (!ReadRecords(message, type, records)) {
    answer.problem = "the answer cannot be read";
    return answer;
  }
  std::string name = records.question;
  std::uint32_t ttl = kLongest;
  for (int aliases = 0; aliases <= kMaxAliases; ++aliases) {
    if (const auto found = records.addresses.find(name); found != records.addresses.end()) {
      answer.addresses = std::move(found->second.addresses);
      answer.ttl = std::min(ttl, found->second.ttl);
      return answer;
    }
    const auto alias = records.aliases.find(name);
    if (alias == records.aliases.end()) return answer;
    name = alias->second.target;
    ttl = std::min(ttl, alias->second.ttl);
  }
  answer.problem = fmt::format("the answer is a chain of more than {} aliases", kMaxAliases);
  return answer;
}

std::uint32_t NegativeTtl(std::span<const std::uint8_t> message) {
  Cursor cursor(message);
  cursor.Bytes(4);
  const unsigned questions = cursor.U16();
  const unsigned answers = cursor.U16();
  const unsigned authorities = cursor.U16();
  cursor.Bytes(2);
  for (unsigned i = 0; i < questions && cursor.is_good(); ++i) {
    cursor.Name();
    cursor.Bytes(4);
  }
  std::uint32_t least = kLongest;
  for (unsigned i = 0; i < answers + authorities && cursor.is_good(); ++i) {
    cursor.Name();
    const unsigned type = cursor.U16();
    cursor.Bytes(2);
    const std::uint32_t ttl = cursor.Ttl();
    const unsigned size = cursor.U16();
    Cursor data = cursor.Part(size);
    if (i < answers) {
      if (type == kTypeCname) least = std::min(least, ttl);
    } else if (type == kDnsTypeSoa) {
      data.Name();
      data.Name();
      data.Bytes(16);  // serial, refresh, retry, expire
      const std::uint32_t minimum = data.Ttl();
      return cursor.is_good() && data.is_good() ? std::min({least, ttl, minimum}) : 0;
    }
  }
  return 0;
}

std::string RcodeText(int rcode) {
  static constexpr std::array kNames = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                        "NXRRSET", "NOTAUTH", "NOTZONE"};
  if (rcode >= 0 && static_cast<std::size_t>(rcode) < kNames.size()) {
    return kNames[static_cast<std::size_t>(rcode)];
  }
  return fmt::format("RCODE{}", rcode);
}

}  // namespace gaikei::io
