#include "checks/io/dns/dns_answer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>

#include "tests/checks/io/dns_script.h"

namespace gaikei::io {
namespace {

std::span<const std::uint8_t> BytesOf(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

DnsQuestion Question() {
  DnsQuestion question;
  question.name = "shop.example";
  question.type = kTypeA;
  question.message = std::string(12, '\0');
  return question;
}

std::uint32_t TtlOf(const DnsReply& reply) {
  const AddressAnswer answer = ReadAddressAnswer(BytesOf(reply.Bytes()), AddressRecord::kA);
  EXPECT_EQ(answer.problem, "");
  return answer.ttl;
}

TEST(DnsAnswer, LivesAsLongAsTheShortestLivedRecordOnTheWay) {
  const DnsQuestion q = Question();
  EXPECT_EQ(TtlOf(DnsReply(q).Ttl(300).A(q.name, "192.0.2.1").Ttl(200).A(q.name, "192.0.2.2")),
            200U);
  EXPECT_EQ(
      TtlOf(DnsReply(q).Ttl(30).Cname(q.name, "b.example").Ttl(300).A("b.example", "192.0.2.1")),
      30U);
  EXPECT_EQ(
      TtlOf(
          DnsReply(q).Ttl(30).A("unrelated.example", "192.0.2.6").Ttl(300).A(q.name, "192.0.2.1")),
      300U);
  EXPECT_EQ(TtlOf(DnsReply(q).Ttl(0xffffffffU).A(q.name, "192.0.2.1")), 0U);
}

TEST(DnsAnswer, LetsAnAbsenceLiveByItsSoa) {
  const DnsQuestion q = Question();
  EXPECT_EQ(NegativeTtl(BytesOf(DnsReply(q, 3).Ttl(600).Soa("example", 60).Bytes())), 60U);
  EXPECT_EQ(NegativeTtl(BytesOf(DnsReply(q, 3).Ttl(60).Soa("example", 600).Bytes())), 60U);
  EXPECT_EQ(
      NegativeTtl(BytesOf(
          DnsReply(q, 3).Ttl(20).Cname(q.name, "b.example").Ttl(600).Soa("example", 60).Bytes())),
      20U);
  EXPECT_EQ(NegativeTtl(BytesOf(DnsReply(q, 3).Bytes())), 0U);
  EXPECT_EQ(NegativeTtl(BytesOf(DnsReply(q, 3).Ttl(60).Soa("example", 0x80000000U).Bytes())), 0U);
}

TEST(DnsAnswer, DoesNotKeepAnAbsenceThatIsCutOff) {
  const std::string whole = DnsReply(Question(), 3).Ttl(60).Soa("example", 60).Bytes();
  ASSERT_EQ(NegativeTtl(BytesOf(whole)), 60U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(NegativeTtl(BytesOf(whole.substr(0, size))), 0U) << size;
  }
}

}  // namespace
}  // namespace gaikei::io
