#include "keyfile/sorter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace karpspec::keyfile {
namespace {

std::vector<std::string> sorted(const std::vector<std::string>& records, std::size_t budget,
                                const Octets& key = {}) {
  Sorter sorter = key.empty() ? Sorter(budget) : Sorter(budget, key);
  for (const std::string& record : records)
    EXPECT_TRUE(sorter.add(record));
  std::vector<std::string> out;
  Record record;
  while (*sorter.next(record))
    out.emplace_back(record);
  return out;
}

TEST(Sorter, GivesBackWhatItGotInOrderWithAndWithoutFiles) {
  SeededRandom random(1);
  std::vector<std::string> records;
  for (int i = 0; i < 2000; ++i) {
    const Octets octets = random.octets(static_cast<std::size_t>(random.u64() % 40));
    records.emplace_back(octets.begin(), octets.end());
  }
  std::vector<std::string> expected = records;
  std::sort(expected.begin(), expected.end());
  for (const std::size_t budget : {1U, 100U, 5'000U, 1U << 20})
    for (const Octets& key : {Octets(), Octets(32, 1)})
      EXPECT_EQ(sorted(records, budget == 1U ? 500U : budget, key), expected) << budget;
  EXPECT_TRUE(sorted({}, 100).empty());
  EXPECT_EQ(sorted({"b", "a"}, 1), (std::vector<std::string>{"a", "b"})) << "a run for each record";
}

TEST(Sorter, NoFileIsMadeWithoutAKeyToSealItWith) {
  Sorter sorter(10, Octets(31, 1));
  EXPECT_TRUE(sorter.add("0123456789"));
  const auto second = sorter.add("0123456789");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::bad_length);
}

TEST(RecordSeal, OpensWhatItSealedUnderTheSameNumber) {
  auto seal = crypto::RecordSeal::make(Octets(32, 1));
  ASSERT_TRUE(seal);
  const Octets record = octets_of("a key");
  Octets sealed(record.size() + crypto::RecordSeal::more), opened(record.size());
  ASSERT_TRUE(seal->seal(7, record, sealed));
  EXPECT_FALSE(std::equal(record.begin(), record.end(), sealed.begin()));
  ASSERT_TRUE(seal->open(7, sealed, opened));
  EXPECT_EQ(opened, record);
  EXPECT_EQ(seal->open(8, sealed, opened).error().code, ErrorCode::not_authentic);
  sealed.back() ^= 1;
  EXPECT_EQ(seal->open(7, sealed, opened).error().code, ErrorCode::not_authentic);
}

TEST(Sorter, PartsKeepTheOrderOfTheirValues) {
  std::string record;
  put_text(record, "name");
  put_number(record, 0x0102030405060708);
  put_text(record, "");
  std::string_view rest = record;
  EXPECT_EQ(take_text(rest), "name");
  EXPECT_EQ(take_number(rest), 0x0102030405060708U);
  EXPECT_EQ(take_text(rest), "");
  EXPECT_TRUE(rest.empty());
  std::string small, large;
  put_number(small, 255);
  put_number(large, 256);
  EXPECT_LT(small, large);
}

}  // namespace
}  // namespace karpspec::keyfile
