#include "dut/adapters/libreswan_status.h"

#include <gmock/gmock.h>

namespace karpspec::dut {
namespace {

// As pluto 4.10 says it, while it rekeys its IKE SA.
constexpr const char* states =
    R"(000 #1: "peer-1"[1] 192.0.2.2:500 STATE_V2_ESTABLISHED_IKE_SA (established IKE SA); EXPIRE in 28799s; newest; idle;
000 #2: "peer-1"[1] 192.0.2.2:500 STATE_V2_ESTABLISHED_CHILD_SA (established Child SA); EXPIRE in 28799s; newest; eroute owner; IKE SA #1; idle;
000 #2: "peer-1"[1] 192.0.2.2 esp.1be915b4@192.0.2.2 esp.0ac8b821@192.0.2.1 tun.0@192.0.2.2 tun.0@192.0.2.1 Traffic: ESPin=0B ESPmax=2^63B 
000 #3: "peer-1"[1] 192.0.2.2:500 STATE_V2_REKEY_IKE_I1 (sent CREATE_CHILD_SA request to rekey IKE SA); idle;
)";

TEST(LibreswanStatus, ReadsWhatPlutoLists) {
  const auto sas = pluto_sas(states, "192.0.2.1");
  ASSERT_EQ(sas.size(), 3U);
  EXPECT_EQ(sas[0].number, 1U);
  EXPECT_EQ(sas[0].connection, "peer-1");
  EXPECT_TRUE(!sas[0].child && sas[0].established && sas[0].newest);
  EXPECT_EQ(sas[0].state, "established");
  EXPECT_TRUE(sas[1].child && sas[1].established);
  EXPECT_EQ(sas[1].ike_sa, 1U);
  EXPECT_EQ(sas[1].spi_in, 0x0ac8b821U) << "at its own address";
  EXPECT_EQ(sas[1].spi_out, 0x1be915b4U);
  EXPECT_EQ(sas[2].number, 3U);
  EXPECT_TRUE(!sas[2].child && !sas[2].established && !sas[2].newest);
  EXPECT_EQ(sas[2].state, "half-open");
}

TEST(LibreswanStatus, PassesOverOtherLines) {
  EXPECT_TRUE(pluto_sas("", "192.0.2.1").empty());
  EXPECT_TRUE(pluto_sas("000 \n000 #: \"\n#x\n000 #7: \"peer-1\"\n", "192.0.2.1").empty());
}

constexpr const char* log_text =
    R"(Nov 25 23:53:49.941591: | entry state hash_table_entries.ike_spis@0x55ba48fff7a0 "peer-1"[1] 192.0.2.2 #1: 05 b5 14 8f  80 b4 16 d4  de 2c 6f 81  27 9d 84 89 added to hash table bucket 0x55ba097fd3e0
Nov 25 23:53:49.941596: | parent state #1: UNDEFINED(ignore) => PARENT_R0(half-open IKE SA)
Nov 25 23:53:50.057702: | entry state hash_table_entries.ike_spis@0x55ba48ffde20 "peer-1"[1] 192.0.2.2 #3: 05 b5 14 8f  80 b4 16 d4  de 2c 6f 81  27 9d 84 89 added to hash table bucket 0x55ba097fd3e0
Nov 25 23:53:50.057714: | child state #3: UNDEFINED(ignore) => REKEY_IKE_I0(established IKE SA)
Nov 25 23:53:50.060000: | entry state hash_table_entries.ike_spis@0x55ba48ffde20 "peer-1"[1] 192.0.2.2 #3: 11 b5 14 8f  80 b4 16 d4  22 2c 6f 81  27 9d 84 89 added to hash table bucket 0x55ba097fd3e0
)";

TEST(LibreswanStatus, FindsTheSpisInTheLog) {
  const auto first = pluto_sa_log(log_text, 1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->spi_i, "05b5148f80b416d4");
  EXPECT_EQ(first->spi_r, "de2c6f81279d8489");
  EXPECT_FALSE(first->initiator);
  const auto third = pluto_sa_log(log_text, 3);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->spi_i, "11b5148f80b416d4") << "as it is last";
  EXPECT_TRUE(third->initiator);
  EXPECT_FALSE(pluto_sa_log(log_text, 2));
  EXPECT_FALSE(pluto_sa_log("", 1));
}

}  // namespace
}  // namespace karpspec::dut
