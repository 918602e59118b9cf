package configfile

import (
	"net/netip"
	"testing"
	"time"
)

// benchText is a file of some forty lines, as an operator has it.
const benchText = `Main
{
	NetworkAccess 1;
	GlobalPrivacyEnable 1;
	MaxCPE 4;
	UsPacketClass
	{
		ClassifierRef 1;
		ServiceFlowRef 2;
		RulePriority 64;
		IpPacketClassifier
		{
			IpTos 0xa0a0ff;
			IpProto 17;
			IpDstAddr 192.0.2.0;
			IpDstMask 255.255.255.0;
		}
	}
	UsServiceFlow
	{
		UsServiceFlowRef 1;
		QosParamSetType 7;
		TrafficPriority 1;
		MaxRateSustained 20000000;
		MaxTrafficBurst 42600;
		MaxConcatenatedBurst 42600;
		SchedulingType 2;
	}
	UsServiceFlow
	{
		UsServiceFlowRef 2;
		QosParamSetType 7;
		TrafficPriority 5;
		MinReservedRate 128000;
	}
	DsServiceFlow
	{
		DsServiceFlowRef 101;
		QosParamSetType 7;
		MaxRateSustained 200000000;
		MaxTrafficBurst 42600;
	}
	SwUpgradeFilename "firmware-1.2.3.bin";
	SwUpgradeServer 192.0.2.10;
	/* management */
	SnmpMibObject docsDevNmAccessIp.1 IPAddress 192.0.2.0;
	SnmpMibObject docsDevNmAccessIpMask.1 IPAddress 255.255.255.0;
	SnmpMibObject 1.3.6.1.2.1.69.1.2.1.4.1 String "public";
	SnmpMibObject 1.3.6.1.2.1.69.1.2.1.5.1 Integer 3;
	SnmpMibObject 1.3.6.1.2.1.69.1.2.1.7.1 Integer 4;
}
`

func BenchmarkEncodeText(b *testing.B) {
	text, dst := []byte(benchText), make([]byte, 0, 1024)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := AppendEncode(dst, text, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	body, err := AppendEncode(nil, []byte(benchText), nil)
	if err != nil {
		b.Fatal(err)
	}
	signer, dst := NewSigner([]byte("secret")), make([]byte, 0, 1024)
	opts := SignOptions{Time: time.Unix(1790000000, 0), Client: netip.MustParseAddr("192.0.2.77")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Sign(dst, body, opts); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	body, err := AppendEncode(nil, []byte(benchText), nil)
	if err != nil {
		b.Fatal(err)
	}
	file, err := Sign(nil, body, []byte("secret"), SignOptions{})
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, 0, 8192)
	b.ReportAllocs()
	for b.Loop() {
		f, err := Parse(file)
		if err != nil {
			b.Fatal(err)
		}
		dst = f.AppendText(dst[:0])
	}
}
