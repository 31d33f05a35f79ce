package conformance_test

import (
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// countingProxy stands between the client, whose connections nobody can see, and the extender, and counts them.
type countingProxy struct {
	url         string
	connections atomic.Int64
}

func startCountingProxy(t *testing.T, target string) *countingProxy {
	t.Helper()
	behind, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	proxy := &countingProxy{url: "http://" + listener.Addr().String() + behind.Path}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			proxy.connections.Add(1)
			go join(client, behind.Host)
		}
	}()
	return proxy
}

// join passes bytes both ways until either side closes, then closes both.
func join(client net.Conn, target string) {
	defer client.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{}, 2)
	pass := func(to io.Writer, from io.Reader) {
		_, _ = io.Copy(to, from)
		ended <- struct{}{}
	}
	go pass(server, client)
	go pass(client, server)
	<-ended
}
