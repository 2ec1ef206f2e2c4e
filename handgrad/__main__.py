from handgrad.cli import main

raise SystemExit(main())
