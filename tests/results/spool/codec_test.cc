#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "../samples.h"
#include "random_items.h"
#include "results/spool/sample_codec.h"
#include "results/spool/spool_fields.h"
#include "results/spool/spool_rows.h"

namespace gaikei::testing {
namespace {

std::vector<std::string> DescribeAll(const std::vector<SpoolItem>& items) {
  std::vector<std::string> all;
  for (const SpoolItem& item : items) all.push_back(Describe(item));
  return all;
}

std::vector<SpoolItem> OneOf(std::shared_ptr<const SampleSeries> series, const Outcome& outcome,
                             bool with_json = false) {
  std::vector<SpoolItem> items;
  items.push_back({1, 2, Sample::Of(outcome, std::move(series), with_json)});
  return items;
}

TEST(SampleCodec, GivesBackWhateverItIsGiven) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomItems random(seed);
    const auto items = random.Make(seed % 40);
    const auto decoded = DecodeItems(EncodeItems(items), random.Lookup());
    ASSERT_TRUE(decoded) << seed;
    ASSERT_EQ(DescribeAll(*decoded), DescribeAll(items)) << seed;
  }
}

TEST(SampleCodec, GivesBackPlausibleItems) {
  RandomItems random(7);
  const auto items = random.MakePlausible(500, 20);
  const auto decoded = DecodeItems(EncodeItems(items), random.Lookup());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(DescribeAll(*decoded), DescribeAll(items));
}

TEST(SampleCodec, GivesBackOutcomesOfEveryKind) {
  RandomItems random(0);
  for (const Outcome& outcome :
       {PassedOutcome(), ExpiredOutcome(), TimedOutOutcome(), WarnedOutcome(), SkippedOutcome(),
        HandshakeOutcome(), DifferingOutcome(), PingedOutcome(), EveryAddressOutcome(),
        HealedOutcome(), JourneyOutcome(), ServingOutcome(), UpgradedOutcome(), BeatOutcome()}) {
    for (const bool with_json : {false, true}) {
      const auto items = OneOf(random.Series(1), outcome, with_json);
      const auto decoded = DecodeItems(EncodeItems(items), random.Lookup());
      ASSERT_TRUE(decoded);
      EXPECT_EQ(DescribeAll(*decoded), DescribeAll(items));
    }
  }
}

TEST(SampleCodec, ExtremesOfTimeAndSequence) {
  RandomItems random(0);
  const auto series = random.Series(1);
  std::vector<SpoolItem> items;
  items.push_back({~Sequence{0} - 1, ~Sequence{0}, Departure{series, WallTime::min()}});
  items.push_back({1, 0, Departure{series, WallTime::max()}});
  Sample sample;
  sample.series = series;
  sample.scheduled_at = WallTime::max();
  sample.started_at = WallTime::min();
  sample.at = WallTime{};
  sample.latest.duration = Span::min();
  items.push_back({0, 0, std::move(sample)});
  const auto decoded = DecodeItems(EncodeItems(items), random.Lookup());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(DescribeAll(*decoded), DescribeAll(items));
}

TEST(SampleCodec, APassTakesLittleRoom) {
  // Over HTTP without TLS, one that follows others.
  RandomItems random(0);
  Outcome outcome = PassedOutcome();
  outcome.tls.reset();
  std::vector<SpoolItem> items;
  for (Sequence i = 1; i <= 100; ++i) {
    outcome.scheduled_at += std::chrono::milliseconds(10);
    outcome.started_at += std::chrono::milliseconds(10);
    items.push_back({i, i + 1, Sample::Of(outcome, random.Series(1), false)});
  }
  EXPECT_LT(EncodeItems(items).size() / items.size(), 150U);
}

TEST(SampleCodec, AbsentWhereASeriesIsNotKnown) {
  RandomItems random(3);
  const auto bytes = EncodeItems(random.Make(20));
  const SeriesLookup none = [](std::int64_t) { return nullptr; };
  EXPECT_FALSE(DecodeItems(bytes, none));
}

TEST(SampleCodec, NothingIsNoItems) {
  RandomItems random(0);
  const auto decoded = DecodeItems(EncodeItems({}), random.Lookup());
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(decoded->empty());
}

TEST(SampleCodec, PassesOverFieldsOfLaterVersions) {
  RandomItems random(0);
  const auto items = OneOf(random.Series(1), PassedOutcome());
  // The only item once more, with further fields behind those that are known.
  const std::string bytes = EncodeItems(items);
  protozero::pbf_reader reader(bytes);
  ASSERT_TRUE(reader.next());
  const auto tag = reader.tag();
  std::string item = reader.get_string();
  {
    protozero::pbf_writer more(item);
    more.add_uint64(1000, 7);
    more.add_string(1001, "later");
    more.add_double(1002, 0.5);
    more.add_fixed32(1003, 1);
    more.add_string(1, "a series is a number");
  }
  std::string changed;
  protozero::pbf_writer writer(changed);
  writer.add_message(tag, item);
  writer.add_string(1000, "later");
  const auto decoded = DecodeItems(changed, random.Lookup());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(DescribeAll(*decoded), DescribeAll(items));
}

TEST(SampleCodec, AbsentForEnumeratorsThatNobodyWrote) {
  RandomItems random(0);
  random.Series(1);
  // By their numbers in sample_wire.h: family, status, counts, blame, and a reason by its name.
  for (const protozero::pbf_tag_type tag : {9U, 14U, 16U, 18U}) {
    std::string item;
    protozero::pbf_writer fields(item);
    fields.add_uint64(1, 1);
    fields.add_uint32(tag, 77);
    std::string bytes;
    protozero::pbf_writer(bytes).add_message(1, item);
    EXPECT_FALSE(DecodeItems(bytes, random.Lookup())) << tag;
  }
  std::string item;
  protozero::pbf_writer fields(item);
  fields.add_uint64(1, 1);
  fields.add_string(15, "no_reason_of_ours");
  std::string bytes;
  protozero::pbf_writer(bytes).add_message(1, item);
  EXPECT_FALSE(DecodeItems(bytes, random.Lookup()));
}

TEST(SampleCodec, NumbersInFilesStayWhatTheyAre) {
  // Written once and kept: what an older program has spooled must be read.
  RandomItems random(0);
  std::vector<SpoolItem> items = OneOf(random.Series(1), TimedOutOutcome());
  items.push_back({2, 3, Departure{random.Series(2), SampleTime()}});
  std::string hex;
  for (const char c : EncodeItems(items)) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4U];
    hex += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  EXPECT_EQ(hex,
            "0a7b08011002208080f38183fdc7ea312890801a388090dfc04a420b088092f4011080feeabe4a4801"
            "70027a0f636f6e6e6563745f74696d656f75748001018a0107636f6e6e6563749a0123636f6e6e6563"
            "7420746f203139322e302e322e313a3434333a2074696d6564206f757452093139322e302e322e3158"
            "bb031a080802208f90f9c04a");
}

TEST(SampleCodec, CountsOfSeriesBeyondAllNumbersAreDamaged) {
  constexpr std::uint64_t kMostSteps = ~std::uint64_t{0} >> 2U;
  FieldWriter out;
  for (int i = 0; i < 4; ++i) {
    out.Put(kMostSteps << 2U);
    out.Put(1);
  }
  out.PutCrc();
  EXPECT_FALSE(DecodeCounts(out.bytes()));
  const SeriesCount last{.series = std::numeric_limits<std::int64_t>::max() >> 2U, .samples = 3};
  const auto decoded = DecodeCounts(EncodeCounts({&last, 1}));
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), 1U);
  EXPECT_EQ(decoded->front().series, last.series);
}

TEST(SampleCodec, EveryCutAndEveryFlippedBitIsSurvived) {
  RandomItems random(11);
  const auto items = random.Make(12);
  const std::string bytes = EncodeItems(items);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    // On the heap with its exact size, so that reading beyond it is seen.
    const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    const auto decoded = DecodeItems({cut.data(), cut.size()}, random.Lookup());
    EXPECT_TRUE(!decoded || decoded->size() < items.size()) << length;
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto decoded = DecodeItems(flipped, random.Lookup());
    if (!decoded) continue;
    for (const SpoolItem& item : *decoded) EXPECT_FALSE(Describe(item).empty());
    EXPECT_TRUE(DecodeItems(EncodeItems(*decoded), random.Lookup()));
  }
}

}  // namespace
}  // namespace gaikei::testing
