// Command compose loads a compose file as Docker Compose does, with the library that Docker Compose is built on,
// and prints the project as JSON. Usage: compose FILE ENV_FILE [PROFILE...].
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(
		os.Args[1:2],
		cli.WithEnvFiles(os.Args[2]),
		cli.WithDotEnv,
		cli.WithProfiles(os.Args[3:]),
		cli.WithResolvedPaths(true),
	)
	exit(err)
	project, err := options.LoadProject(context.Background())
	exit(err)
	loaded, err := project.MarshalJSON()
	exit(err)
	fmt.Println(string(loaded))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
