#include <fmt/format.h>

#include <array>
#include <utility>

#include "checks/io/dns/dns_cursor.h"
#include "checks/io/dns/dns_edns.h"
#include "checks/io/dns/dns_query.h"
#include "checks/io/dns/dns_rdata.h"
#include "checks/io/dns/dns_wire.h"
#include "results/text.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kMaxRecords = 64;  // kept of a section
constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint32_t kMaxTtl = 0x7FFFFFFF;  // RFC 2181, 8

// A record up to its data.
struct RecordHead {
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint32_t ttl = 0;
  std::uint16_t size = 0;  // of the data
};

class Reader {
 public:
  Reader(std::span<const std::uint8_t> message, const DnsWireQuery& query)
      : cursor_(message), query_(query) {}

  DnsAnswer Read() {
    answer_.size = cursor_.left();
    if (!query_.client_cookie.empty()) answer_.cookie = "absent";
    if (cursor_.left() < kDnsHeaderSize) {
      Malformed("it is shorter than a header");
      return std::move(answer_);
    }
    ReadHeader();
    for (unsigned i = 0; i < questions_ && cursor_.is_good(); ++i) {
      cursor_.SkipName();
      cursor_.Bytes(4);
    }
    if (!cursor_.is_good()) {
      Malformed(cursor_.problem());
    } else if (ReadSection("answer", answer_.answer) &&
               ReadSection("authority", answer_.authority) &&
               ReadSection("additional", answer_.additional)) {
      NoteOddities();
    }
    answer_.rcode = ExtendedRcodeText(rcode_);
    return std::move(answer_);
  }

 private:
  void ReadHeader();
  bool ReadSection(std::string_view name, DnsSection& section);
  void ReadRecord(DnsSection& section);
  void ReadData(const RecordHead& head, std::string& text);
  void SkipData(const RecordHead& head);
  void ReadOpt(const RecordHead& head);
  void KeepSerial(std::size_t end);
  void NoteOddities();
  void Malformed(std::string_view why) {
    answer_.reason = Reason::kDnsMalformed;
    answer_.message = fmt::format("the answer cannot be read: {}", why);
  }

  DnsCursor cursor_;
  const DnsWireQuery& query_;
  DnsAnswer answer_;
  unsigned opcode_ = 0;
  unsigned rcode_ = 0;
  unsigned questions_ = 0;
  bool has_opt_ = false;
  bool has_odd_ttl_ = false;
  std::string problem_;  // of an OPT record
};

void Reader::ReadHeader() {
  static constexpr std::array<std::pair<unsigned, const char*>, 7> kFlags = {{{0x8000, "qr"},
                                                                              {0x0400, "aa"},
                                                                              {0x0200, "tc"},
                                                                              {0x0100, "rd"},
                                                                              {0x0080, "ra"},
                                                                              {0x0020, "ad"},
                                                                              {0x0010, "cd"}}};
  cursor_.U16();
  const unsigned bits = cursor_.U16();
  for (const auto& [bit, name] : kFlags) {
    if ((bits & bit) != 0) answer_.flags.emplace_back(name);
  }
  opcode_ = bits >> 11U & 0xFU;
  rcode_ = bits & 0xFU;
  questions_ = cursor_.U16();
  answer_.answer.count = cursor_.U16();
  answer_.authority.count = cursor_.U16();
  answer_.additional.count = cursor_.U16();
}

bool Reader::ReadSection(std::string_view name, DnsSection& section) {
  const unsigned told = section.count;
  section.count = 0;
  for (unsigned i = 0; i < told; ++i) {
    if (cursor_.left() == 0) {
      Malformed(
          fmt::format("it tells of {} records in its {} section and ends after {}", told, name, i));
      return false;
    }
    ReadRecord(section);
    if (cursor_.is_good() && problem_.empty()) continue;
    Malformed(fmt::format("{} (record {} of its {} section)",
                          problem_.empty() ? cursor_.problem() : problem_, i + 1, name));
    return false;
  }
  return true;
}

void Reader::ReadRecord(DnsSection& section) {
  DnsRecord record;
  const bool is_kept = section.records.size() < kMaxRecords;
  if (is_kept) {
    cursor_.Name(record.name);
  } else {
    cursor_.SkipName();
  }
  RecordHead head;
  head.type = cursor_.U16();
  head.klass = cursor_.U16();
  head.ttl = cursor_.U32();
  head.size = cursor_.U16();
  if (!cursor_.is_good()) return;
  if (head.size > cursor_.left()) {
    return cursor_.Fail("the data of a record runs past the end of the message");
  }
  if (head.type == kDnsTypeOpt && &section == &answer_.additional) return ReadOpt(head);
  ++section.count;
  if (!is_kept) return SkipData(head);
  if (head.ttl > kMaxTtl) has_odd_ttl_ = true;
  record.ttl = head.ttl > kMaxTtl ? 0 : head.ttl;
  record.klass = DnsClassText(head.klass);
  record.type = DnsTypeText(head.type);
  ReadData(head, record.data);
  if (cursor_.is_good()) section.records.push_back(std::move(record));
}

void Reader::ReadData(const RecordHead& head, std::string& text) {
  const std::size_t end = cursor_.at() + head.size;
  AppendDnsData(cursor_, head.size, head.type, head.klass, text);
  if (head.type == kDnsTypeSoa && cursor_.is_good()) KeepSerial(end);
}

// What is not kept is looked at so far that a lie about its size is seen.
void Reader::SkipData(const RecordHead& head) {
  const bool is_in = head.klass == kDnsClassIn;
  if (is_in && head.type == kTypeA && head.size != 4)
    return cursor_.Fail("an A record not of 4 bytes");
  if (is_in && head.type == kTypeAaaa && head.size != 16) {
    return cursor_.Fail("an AAAA record not of 16 bytes");
  }
  cursor_.Bytes(head.size);
}

void Reader::ReadOpt(const RecordHead& head) {
  if (has_opt_) return cursor_.Fail("it has two OPT records");  // RFC 6891, 6.1.1
  has_opt_ = true;
  rcode_ |= head.ttl >> 24U << 4U;
  const unsigned version = head.ttl >> 16U & 0xFFU;
  if (version != 0) answer_.notes.push_back(fmt::format("EDNS version {}", version));
  if ((head.ttl & kDnssecOk) != 0) answer_.flags.emplace_back("do");
  problem_ = ReadOptions(cursor_.Bytes(head.size), query_.client_cookie, answer_);
}

// Of the first SOA record, whose last five fields are 20 bytes: the serial is the first of them.
void Reader::KeepSerial(std::size_t end) {
  if (answer_.serial) return;
  DnsCursor serial(cursor_.message(), end - 20);
  answer_.serial = serial.U32();
}

void Reader::NoteOddities() {
  if (cursor_.left() != 0) {
    answer_.notes.push_back(fmt::format("{} bytes after the last record", cursor_.left()));
  }
  if (has_odd_ttl_) answer_.notes.emplace_back("a TTL of 2^31 or more, read as 0");
  if (opcode_ != 0) answer_.notes.push_back(fmt::format("opcode {}", opcode_));
}

}  // namespace

DnsAnswer ReadDnsAnswer(std::span<const std::uint8_t> message, const DnsWireQuery& query) {
  return Reader(message, query).Read();
}

}  // namespace gaikei::io
