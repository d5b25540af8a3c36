#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <iostream>

#include "checking.h"
#include "keyfile/convert.h"

// Large tables go through little memory: each in a process of its own that gets no more than that.
namespace karpspec::keyfile {
namespace {

constexpr std::size_t sorting = std::size_t{2} << 20;
constexpr std::size_t limit = std::size_t{16} << 20;

// A table that is made while it is read.
class Rows final : public std::streambuf {
 public:
  Rows(std::size_t count, std::function<std::string(std::size_t)> row)
      : count_(count), row_(std::move(row)) {
    begin();
  }

 protected:
  int_type underflow() override {
    if (at_ > count_)
      return traits_type::eof();
    text_ = at_ == count_ ? "]}" : (at_ == 0 ? "" : ",\n") + row_(at_);
    ++at_;
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    return traits_type::to_int_type(text_.front());
  }
  // Back to the beginning, which is all that anybody asks for.
  pos_type seekpos(pos_type to, std::ios_base::openmode) override {
    begin();
    return to;
  }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    begin();
    return 0;
  }

 private:
  void begin() {
    at_ = 0;
    text_ = "{\"rows\": [";
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }
  std::size_t count_, at_ = 0;
  std::function<std::string(std::size_t)> row_;
  std::string text_;
};

std::string hex_of(std::size_t number) {
  char digits[17];
  (void)std::snprintf(digits, sizeof digits, "%016zx", number);
  return digits;
}

std::string json_row(const std::string& name, const std::string& local, const std::string& peer,
                     const std::string& interface, const std::string& key, const std::string& start,
                     const std::string& end) {
  return R"({"AdminKeyName":")" + name + R"(","LocalKeyName":")" + local + R"(","Peers":")" + peer +
         R"(","Interfaces":[")" + interface +
         R"("],"Protocol":"rsvp-te","KDF":"none","AlgID":"hmac-sha-256","Key":")" + key +
         R"(","Direction":"both","SendLifetimeStart":")" + start + R"(","SendLifetimeEnd":")" +
         end + R"(","AcceptLifetimeStart":")" + start + R"(","AcceptLifetimeEnd":")" + end + "\"}";
}

// Whether WORK succeeds with LIMIT octets of memory more than there are now, in a minute of the
// processor.
bool within_limits(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::size_t pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
      if (std::fscanf(file, "%zu", &pages) != 1)
        pages = 0;
      (void)std::fclose(file);
    }
    const rlim_t most = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + limit;
    const struct rlimit memory = {most, most}, time = {60, 60};
    bool good =
        pages > 0 && ::setrlimit(RLIMIT_AS, &memory) == 0 && ::setrlimit(RLIMIT_CPU, &time) == 0;
    try {
      good = good && work();
    } catch (const std::bad_alloc&) {
      std::cerr << "more memory was wanted\n";
      good = false;
    }
    std::_Exit(good ? 0 : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

Result<Checked> check(Rows& rows) {
  std::istream in(&rows);
  CheckOptions options;
  options.salt = octets_of("salt");
  options.memory = sorting;
  return check_table(in, "table", context_for(), options, [](const Reported&) {});
}

// A year of keys of a second each, with gaps, for all interfaces and for one.
TEST(Memory, AHundredThousandWindowsOfOnePeerAreChecked) {
  (void)context_for();
  EXPECT_TRUE(within_limits([] {
    Rows rows(100'000, [](std::size_t i) {
      const Time start = Time{std::chrono::seconds{1'700'000'000 + 10 * (i / 2)}};
      return json_row("k" + std::to_string(i) + std::string(200, 'n'), std::to_string(i),
                      "192.0.2.1", i % 2 == 0 ? "all" : "eth0", hex_of(i) + std::string(48, '7'),
                      keytable::to_text(start), keytable::to_text(start + std::chrono::seconds{1}));
    });
    const auto checked = check(rows);
    if (!checked || checked->rows != 100'000 || checked->advice < 50'000)
      std::cerr << (checked ? std::to_string(checked->advice) : checked.error().message) << "\n";
    return checked && checked->rows == 100'000 && checked->advice >= 50'000 &&
           checked->violations == 0;
  }));
}

TEST(Memory, ManyChainsThatWantOneNameAreConverted) {
  (void)context_for();
  EXPECT_TRUE(within_limits([] {
    class Counting final : public std::streambuf {
     public:
      std::size_t chains = 0;

     protected:
      int_type overflow(int_type c) override {
        chains += c == 'z' ? 1U : 0U;
        return c;
      }
    } counting;
    Rows rows(40'000, [](std::size_t i) {
      return json_row("z/" + std::to_string(i), std::to_string(i),
                      "192." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) +
                          "." + std::to_string(i % 256),
                      "all", hex_of(i) + std::string(48, '7'), "20260101000000Z",
                      "20270101000000Z");
    });
    std::istream in(&rows);
    std::ostream out(&counting);
    ConvertOptions options;
    options.sealing_key = Octets(32, 7);
    options.memory = sorting;
    const auto converted = convert_table(in, "table", context_for(), options, out);
    if (!converted)
      std::cerr << converted.error().message << "\n";
    return converted && converted->rows == 40'000 && counting.chains >= 40'000;
  }));
}

// They stand in one chain as far as readers take them.
TEST(Memory, MoreKeysThanAChainTakesAreConverted) {
  (void)context_for();
  EXPECT_TRUE(within_limits([] {
    class Nowhere final : public std::streambuf {
     protected:
      int_type overflow(int_type c) override { return c; }
    } nowhere;
    Rows rows(70'000, [](std::size_t i) {
      // The largest name, and then none that is a number.
      return json_row("k" + std::to_string(i), i == 0 ? "18446744073709551615" : "n", "192.0.2.1",
                      "all", hex_of(i) + std::string(48, '7'), "20260101000000Z",
                      "20270101000000Z");
    });
    std::istream in(&rows);
    std::ostream out(&nowhere);
    ConvertOptions options;
    options.sealing_key = Octets(32, 7);
    options.memory = sorting;
    const auto converted = convert_table(in, "table", context_for(), options, out);
    if (!converted)
      std::cerr << converted.error().message << "\n";
    return converted && converted->rows == 70'000;
  }));
}

}  // namespace
}  // namespace karpspec::keyfile
