#include <arpa/inet.h>

#include <cctype>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/support/dns_server.h"

namespace gaikei::support {
namespace {

constexpr std::size_t kHeaderSize = 12;

void Put16(std::string* out, unsigned value) {
  out->push_back(static_cast<char>((value >> 8) & 0xff));
  out->push_back(static_cast<char>(value & 0xff));
}

void Put32(std::string* out, std::uint32_t value) {
  Put16(out, value >> 16);
  Put16(out, value & 0xffff);
}

std::uint16_t Get16(const std::string& bytes, std::size_t at) {
  return static_cast<std::uint16_t>((static_cast<unsigned char>(bytes[at]) << 8) |
                                    static_cast<unsigned char>(bytes[at + 1]));
}

void PutRecords(std::string* out, const std::vector<DnsRecord>& records) {
  for (const DnsRecord& record : records) {
    *out += DnsNameToWire(record.name);
    Put16(out, record.type);
    Put16(out, 1);  // IN
    Put32(out, record.ttl);
    Put16(out, static_cast<unsigned>(record.data.size()));
    *out += record.data;
  }
}

DnsRecord Make(std::string name, std::uint16_t type, std::uint32_t ttl, std::string data) {
  return DnsRecord{std::move(name), type, ttl, std::move(data)};
}

}  // namespace

std::string DnsNameToWire(const std::string& name) {
  std::string wire;
  std::size_t begin = 0;
  while (begin < name.size()) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (end == begin || end - begin > 63) throw std::invalid_argument("no DNS name: " + name);
    wire.push_back(static_cast<char>(end - begin));
    wire.append(name, begin, end - begin);
    begin = end + 1;
  }
  wire.push_back('\0');
  return wire;
}

DnsRecord DnsRecord::Address(std::string name, const std::string& address, std::uint32_t ttl) {
  char bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) {
    return Make(std::move(name), kTypeA, ttl, std::string(bytes, 4));
  }
  if (inet_pton(AF_INET6, address.c_str(), bytes) == 1) {
    return Make(std::move(name), kTypeAaaa, ttl, std::string(bytes, 16));
  }
  throw std::invalid_argument("not a numeric address: " + address);
}

DnsRecord DnsRecord::Cname(std::string name, const std::string& target, std::uint32_t ttl) {
  return Make(std::move(name), kTypeCname, ttl, DnsNameToWire(target));
}

DnsRecord DnsRecord::Ns(std::string name, const std::string& server, std::uint32_t ttl) {
  return Make(std::move(name), kTypeNs, ttl, DnsNameToWire(server));
}

DnsRecord DnsRecord::Mx(std::string name, std::uint16_t preference, const std::string& exchange,
                        std::uint32_t ttl) {
  std::string data;
  Put16(&data, preference);
  return Make(std::move(name), kTypeMx, ttl, data + DnsNameToWire(exchange));
}

DnsRecord DnsRecord::Txt(std::string name, const std::string& text, std::uint32_t ttl) {
  std::string data;
  for (std::size_t at = 0; at == 0 || at < text.size(); at += 255) {
    const std::string part = text.substr(at, 255);
    data.push_back(static_cast<char>(part.size()));
    data += part;
  }
  return Make(std::move(name), kTypeTxt, ttl, data);
}

DnsRecord DnsRecord::Soa(std::string name, std::uint32_t serial, std::uint32_t ttl) {
  std::string data = DnsNameToWire("ns." + name) + DnsNameToWire("hostmaster." + name);
  // serial, refresh, retry, expire, minimum
  for (const std::uint32_t value : {serial, 3600U, 600U, 86400U, 60U}) Put32(&data, value);
  return Make(std::move(name), kTypeSoa, ttl, data);
}

std::string FormatDnsQuery(const std::string& name, std::uint16_t type, std::uint16_t id) {
  std::string out;
  Put16(&out, id);
  Put16(&out, 0x0100);  // RD
  for (const unsigned count : {1U, 0U, 0U, 0U}) Put16(&out, count);
  out += DnsNameToWire(name);
  Put16(&out, type);
  Put16(&out, 1);
  return out;
}

std::optional<DnsQuery> ParseDnsQuery(const std::string& message) {
  if (message.size() < kHeaderSize || Get16(message, 4) != 1) return std::nullopt;
  DnsQuery query;
  query.raw = message;
  query.id = Get16(message, 0);
  query.recursion_desired = (Get16(message, 2) & 0x0100) != 0;
  std::size_t at = kHeaderSize;
  for (;;) {
    if (at >= message.size()) return std::nullopt;
    const std::size_t size = static_cast<unsigned char>(message[at++]);
    if (size == 0) break;
    if (size > 63 || at + size > message.size()) return std::nullopt;
    if (!query.name.empty()) query.name.push_back('.');
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = static_cast<unsigned char>(message[at + i]);
      query.name.push_back(static_cast<char>(std::tolower(byte)));
    }
    at += size;
  }
  if (at + 4 > message.size()) return std::nullopt;
  query.type = Get16(message, at);
  return query;
}

std::string FormatDnsReply(const DnsQuery& query, const DnsReply& reply) {
  if (!reply.raw.empty()) return reply.raw;
  std::string out;
  Put16(&out, reply.wrong_id ? query.id ^ 1U : query.id);
  unsigned flags = 0x8080;  // QR, RA
  if (query.recursion_desired) flags |= 0x0100;
  if (reply.truncated) flags |= 0x0200;
  if (reply.authoritative) flags |= 0x0400;
  Put16(&out, flags | static_cast<unsigned>(reply.rcode));
  Put16(&out, 1);
  Put16(&out, static_cast<unsigned>(reply.answer.size()));
  Put16(&out, static_cast<unsigned>(reply.authority.size()));
  Put16(&out, static_cast<unsigned>(reply.additional.size()));
  // The question as it was asked, letter case included: resolvers compare it.
  const std::size_t question_size = (query.name.empty() ? 1 : query.name.size() + 2) + 4;
  out += query.raw.substr(kHeaderSize, question_size);
  PutRecords(&out, reply.answer);
  PutRecords(&out, reply.authority);
  PutRecords(&out, reply.additional);
  return out;
}

}  // namespace gaikei::support
