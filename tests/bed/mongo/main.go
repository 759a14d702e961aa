// SPDX-License-Identifier: MIT

// A MongoDB-compatible server for the tests: FerretDB on SQLite, on a free port of the loopback interface.
//
//	mongo-server DIRECTORY [PORT]
//
// It prints its URI as one line once it can be connected to, and ends when its standard input does: no test leaves one behind.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func serve(directory, port string) error {
	address := net.JoinHostPort("127.0.0.1", port)
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Handler:   "sqlite",
		SQLiteURL: "file:" + directory + "/",
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	go func() {
		// The URI waits for the listener, which is there once Run has begun.
		fmt.Println(server.MongoDBURI())
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	err = <-done
	if ctx.Err() != nil {
		return nil
	}
	time.Sleep(100 * time.Millisecond)
	return err
}

func main() {
	port := "0"
	if len(os.Args) == 3 {
		port = os.Args[2]
	} else if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mongo-server DIRECTORY [PORT]")
		os.Exit(2)
	}
	if err := serve(os.Args[1], port); err != nil {
		fmt.Fprintln(os.Stderr, "mongo-server:", err)
		os.Exit(1)
	}
}
