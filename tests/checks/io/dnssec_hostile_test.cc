#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include <random>

#include "checks/io/dns/dnssec_signature.h"
#include "tests/checks/io/dnssec_rig.h"

namespace gaikei::io {
namespace {

using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;

support::SignedZoneOptions HostileWww() {
  return Zone("zone.test.", {"www.zone.test. A 192.0.2.1"});
}

std::shared_ptr<ldns_rr> Copy(const std::shared_ptr<ldns_rr>& record) {
  return {ldns_rr_clone(record.get()), ldns_rr_free};
}

/// `count` records like the set's first signature, all wrong, each in its own way.
void AddWrongSignatures(support::SignedSet* set, int count) {
  const auto original = set->signatures.front();
  set->signatures.clear();
  for (int i = 0; i < count; ++i) {
    auto copy = Copy(original);
    std::uint8_t* bytes = ldns_rdf_data(ldns_rr_rdf(copy.get(), 8));
    bytes[0] = static_cast<std::uint8_t>(i);
    bytes[1] = static_cast<std::uint8_t>(i >> 8);
    bytes[2] ^= 0x55;
    set->signatures.push_back(std::move(copy));
  }
}

/// Keys that differ from the set's first in two bytes whose sums cancel: the tag is the same.
void AddKeysOfTheSameTag(support::SignedSet* set, int count) {
  const auto original = set->records.front();
  for (int i = 1; i <= count; ++i) {
    auto copy = Copy(original);
    std::uint8_t* bytes = ldns_rdf_data(ldns_rr_rdf(copy.get(), 3));
    // Two 16 bit words: one up, the other down by as much.
    const auto add = [&](std::size_t at, int value) {
      const int word = bytes[at] * 256 + bytes[at + 1] + value;
      bytes[at] = static_cast<std::uint8_t>(word >> 8);
      bytes[at + 1] = static_cast<std::uint8_t>(word);
    };
    const int room = std::min(0xffff - (bytes[0] * 256 + bytes[1]), bytes[2] * 256 + bytes[3]);
    if (i > room) break;
    add(0, i);
    add(2, -i);
    set->records.push_back(std::move(copy));
  }
}

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Processor time of one good validation, to compare with.
double Cost(DnssecRig* rig) {
  const double begin = CpuSeconds();
  rig->Validate("www.zone.test.");
  return CpuSeconds() - begin;
}

TEST(DnssecHostile, TriesAFewOfThousandsOfSignatures) {
  DnssecRig rig(HostileWww());
  AddWrongSignatures(&rig.zone().Set("www.zone.test.", kA), 500);
  EXPECT_EQ(rig.Validate("www.zone.test.").failure, "bad_signature");
}

TEST(DnssecHostile, KeysOfTheSameTagAreTriedInBounds) {
  DnssecRig rig(HostileWww());
  auto& keys = rig.zone().Set("zone.test.", kDnskey);
  const auto tag = ldns_calc_keytag(keys.records.front().get());
  AddKeysOfTheSameTag(&keys, 400);
  rig.zone().Sign("zone.test.", kDnskey, kNow - kDay, kNow + kDay);
  ASSERT_GT(keys.records.size(), 8U);
  for (const auto& key : keys.records) ASSERT_EQ(ldns_calc_keytag(key.get()), tag);
  AddWrongSignatures(&rig.zone().Set("www.zone.test.", kA), 400);
  // The true key may be among those that are not looked at: what counts is that it ends.
  const DnssecEvidence result = rig.Validate("www.zone.test.");
  EXPECT_EQ(result.status, "bogus");
  EXPECT_THAT(result.failure, AnyOf("bad_signature", "ds_mismatch"));
}

TEST(DnssecHostile, EndsWhenItHadToTryTooManySignaturesInAll) {
  // Each of many sets is within bounds; together they are not.
  auto zone = Zone("zone.test.");
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("n" + std::to_string(i) + ".zone.test.");
    zone.records.push_back(names.back() + " A 192.0.2.1");
  }
  DnssecRig rig(zone);
  ldns_pkt* packet = ldns_pkt_new();
  ldns_pkt_set_qr(packet, true);
  for (const std::string& name : names) {
    auto& set = rig.zone().Set(name, kA);
    const auto good = set.signatures.front();
    AddWrongSignatures(&set, 15);
    set.signatures.push_back(good);
    for (const auto* list : {&set.records, &set.signatures}) {
      for (const auto& record : *list) {
        ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, ldns_rr_clone(record.get()));
      }
    }
  }
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  ldns_pkt2wire(&bytes, packet, &size);
  const std::string answer(reinterpret_cast<char*>(bytes), size);
  free(bytes);
  ldns_pkt_free(packet);
  const DnssecEvidence result = rig.ValidateAnswer(names.front(), kA, answer);
  EXPECT_EQ(result.status, "bogus");
  EXPECT_EQ(result.failure, "limit_exceeded");
  EXPECT_THAT(result.message, HasSubstr("256 signatures"));
}

TEST(DnssecHostile, WorkDoesNotGrowWithWhatIsSent) {
  DnssecRig few(HostileWww());
  AddWrongSignatures(&few.zone().Set("www.zone.test.", kA), 32);
  DnssecRig many(HostileWww());
  AddWrongSignatures(&many.zone().Set("www.zone.test.", kA), 500);
  const double base = Cost(&few);
  // Sixteen times as much is sent, and read; without the bound it would all be verified.
  EXPECT_LT(Cost(&many), 8 * base);
}

TEST(DnssecHostile, AsksNoMoreThan128Questions) {
  std::string name = "zone.test.";
  for (int i = 0; i < 120; ++i) name = "a." + name;
  auto zone = Zone("zone.test.", {name + " A 192.0.2.1"});
  DnssecRig rig(zone);
  rig.zone().Set(name, kA).signatures.clear();
  DnssecEvidence result = rig.Validate(name);
  EXPECT_LE(rig.asked.size(), 128);
  EXPECT_THAT(result.failure, AnyOf("no_signature", "limit_exceeded"));
  // An alias to as deep a name elsewhere needs more than that.
  std::string other = "other.test.";
  for (int i = 0; i < 110; ++i) other = "b." + other;
  auto more = Zone("other.test.", {other + " CNAME " + name});
  DnssecRig deep(zone, Zone("test."), {more});
  deep.zone().Set(name, kA).signatures.clear();
  deep.other().Set(other, LDNS_RR_TYPE_CNAME).signatures.clear();
  result = deep.Validate(other);
  EXPECT_LE(deep.asked.size(), 128);
}

TEST(DnssecHostile, ALargeExponentIsNoKey) {
  auto zone = HostileWww();
  zone.algorithm = LDNS_RSASHA256;
  DnssecRig rig(zone);
  // 512 bytes of exponent: an hour of work for those who try.
  std::string key(3 + 512 + 512, '\x7f');
  key[0] = 0;
  key[1] = 2;
  key[2] = 0;
  auto& set = rig.zone().Set("zone.test.", kDnskey);
  auto large = Copy(set.records.front());
  ldns_rdf_deep_free(ldns_rr_set_rdf(
      large.get(), ldns_rdf_new_frm_data(LDNS_RDF_TYPE_B64, key.size(), key.data()), 3));
  const dnssec::RrSet keys{.owner = {},
                           .type = kDnskey,
                           .records = {set.records.front().get(), large.get()},
                           .signatures = {}};
  EXPECT_EQ(dnssec::UsableKeys(keys).size(), 1);
}

TEST(DnssecHostile, EndsWithGarbageInThePlaceOfAnyMessage) {
  const std::vector<std::string> kStatuses = {"secure", "insecure", "bogus", "indeterminate"};
  DnssecRig rig(HostileWww());
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const auto spoil = [&](std::string bytes) {
      for (int i = 0; i < 1 + round % 8; ++i) {
        if (!bytes.empty()) bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      if (round % 5 == 0) bytes.resize(random() % (bytes.size() + 1));
      return bytes;
    };
    DnssecChain chain(rig.anchor, "www.zone.test.", kA, spoil(rig.Answer("www.zone.test.", kA)),
                      kNow);
    int questions = 0;
    while (const auto question = chain.Next()) {
      ASSERT_LE(++questions, 128);
      std::string answer = rig.Answer(question->name, question->type);
      chain.Feed(random() % 3 == 0 ? spoil(answer) : answer);
    }
    EXPECT_THAT(kStatuses, ::testing::Contains(chain.result().status));
    EXPECT_EQ(chain.result().status == "secure", chain.result().failure.empty());
  }
}

TEST(DnssecHostile, ShowsForeignNamesInPrintableAscii) {
  auto zone = Zone("zone.test.", {"\\027\\013\\200.zone.test. A 192.0.2.1"});
  DnssecRig rig(zone);
  rig.zone().Set("\\027\\013\\200.zone.test.", kA).signatures.clear();
  const DnssecEvidence result = rig.Validate("\\027\\013\\200.zone.test.");
  EXPECT_EQ(result.failure, "no_signature");
  EXPECT_THAT(result.message, Each(::testing::AllOf(::testing::Ge(' '), ::testing::Le('~'))));
  EXPECT_THAT(result.message, HasSubstr("\\027\\013\\200.zone.test."));
}

TEST(DnssecHostile, AQuestionForNoNameIsIndeterminate) {
  DnssecRig rig(HostileWww());
  EXPECT_EQ(rig.ValidateAnswer(std::string(300, 'a'), kA, "").status, "indeterminate");
}

}  // namespace
}  // namespace gaikei::io
