// Text in XML and HTML: nothing in it is markup, and the result is always well-formed.
#include "report/escape.h"

#include <gmock/gmock.h>

namespace karpspec::report {
namespace {

constexpr const char* bad = "\xEF\xBF\xBD";

TEST(Escape, MarkupIsText) {
  EXPECT_EQ(escape_markup("a < b && c > \"d\" 'e'"),
            "a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;");
  EXPECT_EQ(escape_markup("two\nlines"), "two&#10;lines");
}

TEST(Escape, OtherScriptsStay) {
  for (const char* text : {"", "plain", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x94\x91", "\t"})
    EXPECT_EQ(escape_markup(text), text);
}

TEST(Escape, WhatXmlCannotHoldIsReplaced) {
  for (const char* text : {"\x01", "\x1B", "\x80", "\xFF", "\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    EXPECT_THAT(escape_markup(text), testing::StartsWith(bad)) << text;
  EXPECT_EQ(escape_markup(std::string_view("\0", 1)), bad);
  // Overlong, surrogate, beyond Unicode, cut off: each octet is replaced.
  EXPECT_EQ(escape_markup("\xC0\xAF"), std::string(bad) + bad);
  EXPECT_EQ(escape_markup("\xE0\x80\xAF"), std::string(bad) + bad + bad);
  EXPECT_EQ(escape_markup("\xED\xA0\x80"), std::string(bad) + bad + bad);
  EXPECT_EQ(escape_markup("\xF4\x90\x80\x80"), std::string(bad) + bad + bad + bad);
  EXPECT_EQ(escape_markup("\xE2\x82"), std::string(bad) + bad);
  EXPECT_EQ(escape_markup("\xE2\x82<"), std::string(bad) + bad + "&lt;");
}

TEST(Escape, PathsAreRelativeReferences) {
  EXPECT_EQ(as_uri("../out/tests/rkmp/4.1/a-b_c~d.pcapng"), "../out/tests/rkmp/4.1/a-b_c~d.pcapng");
  EXPECT_EQ(as_uri("run #1/100%?.keys"), "run%20%231/100%25%3F.keys");
  EXPECT_EQ(as_uri("javascript:alert('1')"), "javascript%3Aalert%28%271%27%29");
  EXPECT_EQ(as_uri("\xC3\xA9"), "%C3%A9");
  EXPECT_EQ(as_uri(""), "");
}

}  // namespace
}  // namespace karpspec::report
